#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "zones/base/control_message.h"
#include "zones/base/error.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// One client of a control socket.
class ControlClient {
 public:
  ControlClient() = default;
  ControlClient(const ControlClient&) = delete;
  ControlClient& operator=(const ControlClient&) = delete;
  virtual ~ControlClient() = default;

  /// Queues a message; a client that reads too slowly for 1,000 of them is dropped.
  virtual void send(ControlMessage message) = 0;
  [[nodiscard]] virtual bool is_open() const noexcept = 0;
  /// Who it is by the kernel's word: "root", "user 1000".
  [[nodiscard]] virtual const std::string& who() const noexcept = 0;
};

/// Listens on a local SEQPACKET socket and hands requests to `handle`, at most 32 clients at once. A client
/// that sends what is no control message is dropped. Never blocks. One thread, `io`'s; clients may be kept
/// and sent to later.
class ControlServer {
 public:
  using Handle =
      std::function<void(const ControlMessage& request, const std::shared_ptr<ControlClient>& client)>;

  [[nodiscard]] static Result<std::unique_ptr<ControlServer>> listen(boost::asio::io_context& io,
                                                                     const std::filesystem::path& path,
                                                                     Handle handle);
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  /// Closes all and removes the socket's file.
  ~ControlServer();  // NOLINT(bugprone-exception-escape): as at its definition

 private:
  class Impl;
  explicit ControlServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
