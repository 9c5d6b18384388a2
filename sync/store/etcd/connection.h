#pragma once

#include <memory>
#include <string>

#include "sync/store/etcd/etcd.pb.h"
#include "sync/store/etcd/etcd_settings.h"
#include "sync/store/store.h"
#include "zones/base/clock.h"
#include "zones/base/error.h"
#include "zones/base/expected.h"

/// The engine's calls, without gRPC in sight: its headers cost seconds in each file, so connection.cpp alone
/// includes them.
namespace doors::etcd {

struct RpcError {
  enum class Kind : std::uint8_t {
    unreached,  ///< it was sent to nobody
    lost,       ///< it was sent, and what became of it is not known
    compacted,  ///< a revision that the engine has forgotten
    not_found,  ///< the lease has ended
    refused,    ///< the engine will not do it, and has not
  };
  Kind kind = Kind::refused;
  std::string message;
};
template <class Response>
using RpcResult = Expected<Response, RpcError>;

/// One watch on its way. One thread reads; any thread may cancel.
class WatchStream {
 public:
  WatchStream() = default;
  WatchStream(const WatchStream&) = delete;
  WatchStream& operator=(const WatchStream&) = delete;
  virtual ~WatchStream() = default;
  /// Waits for the next response. False: the stream has ended; reason() says why.
  virtual bool read(etcdserverpb::WatchResponse& response) = 0;
  /// Lets read() end.
  virtual void cancel() = 0;
  [[nodiscard]] virtual std::string reason() const = 0;
};

/// One gRPC channel per endpoint, of which the one that answered last is asked first. What may be done twice
/// is tried at every endpoint in turn; txn() is sent once. Any thread.
class Connection {
 public:
  /// Error: a PEM file cannot be read. It does not wait for the engine. `clock` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const EtcdSettings& settings,
                                                                const Clock& clock);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] RpcResult<etcdserverpb::RangeResponse> range(const etcdserverpb::RangeRequest& request);
  [[nodiscard]] RpcResult<etcdserverpb::TxnResponse> txn(const etcdserverpb::TxnRequest& request);
  [[nodiscard]] RpcResult<etcdserverpb::CompactionResponse> compact(std::int64_t revision);
  [[nodiscard]] RpcResult<etcdserverpb::LeaseGrantResponse> grant(std::int64_t seconds);
  [[nodiscard]] RpcResult<etcdserverpb::LeaseRevokeResponse> revoke(std::int64_t lease);
  [[nodiscard]] RpcResult<etcdserverpb::LeaseKeepAliveResponse> keep_alive(std::int64_t lease);
  /// Null: no endpoint can be reached.
  [[nodiscard]] std::unique_ptr<WatchStream> watch(const etcdserverpb::WatchCreateRequest& request);

  /// Other endpoints, certificates or timeout for every call from now on. Error: as open(); nothing changes.
  [[nodiscard]] Result<void> reconfigure(const EtcdSettings& settings);
  [[nodiscard]] StoreState state() const;

 private:
  class Impl;
  explicit Connection(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace doors::etcd
