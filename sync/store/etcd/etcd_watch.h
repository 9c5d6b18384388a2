#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sync/store/etcd/connection.h"
#include "sync/store/store.h"

namespace doors::etcd {

/// A watch that outlives its streams: a thread of its own reads one, and opens the next where it broke off.
/// Changes wait here, of each key the newest, until they are taken. A store that went back in time (it was
/// restored, or is another one) is `compacted`: all must be listed again.
class EtcdWatch final : public StoreWatch {
 public:
  /// `key_prefix` is taken off the keys of events. `connection` must outlive it.
  EtcdWatch(Connection& connection, const std::string& prefix, std::size_t key_prefix, std::uint64_t from,
            std::function<void()> wake);
  EtcdWatch(const EtcdWatch&) = delete;
  EtcdWatch& operator=(const EtcdWatch&) = delete;
  ~EtcdWatch() override;
  [[nodiscard]] Result<WatchBatch> take() override;

 private:
  enum class Step : std::uint8_t { go_on, open_again, compacted };
  void run();
  [[nodiscard]] Step take_in(etcdserverpb::WatchResponse& response);
  void publish_staged();
  /// False: the watch is to end.
  [[nodiscard]] bool pause(std::chrono::milliseconds time);

  Connection& connection_;
  const std::size_t key_prefix_;
  const std::function<void()> wake_;

  // The thread's own.
  etcdserverpb::WatchCreateRequest request_;  ///< start_revision: what is not known yet
  std::uint64_t cluster_ = 0;                 ///< 0: not known yet
  std::vector<StoreEvent> staged_;            ///< of a revision that is not whole yet

  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  bool compacted_ = false;
  std::shared_ptr<WatchStream> stream_;
  std::map<std::string, StoreEvent, std::less<>> pending_;
  std::thread thread_;  // last: it begins when all else is there
};

/// The first key behind all that begin with `prefix`; for the empty one etcd's sign for "to the end".
[[nodiscard]] std::string end_of_prefix(std::string prefix);

}  // namespace doors::etcd
