#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "zones/base/control_message.h"
#include "zones/base/error.h"
#include "zones/base/local_socket.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// One client of the control socket. Its requests are dealt with one after the other, each until done() or
/// the end of its stream(). A request that goes on later keeps the session; when the client has left, what is
/// sent goes nowhere. The loop's thread only.
class ControlSession {
 public:
  ControlSession() = default;
  ControlSession(const ControlSession&) = delete;
  ControlSession& operator=(const ControlSession&) = delete;
  virtual ~ControlSession() = default;
  virtual void send(const ControlMessage& message, std::vector<UniqueFd> fds = {}) = 0;
  /// Sends what `next` gives, as the client reads, until it gives nothing; then done().
  virtual void stream(std::function<std::optional<ControlMessage>()> next) = 0;
  virtual void done() = 0;
  /// Called when the client leaves before done(). One at a time.
  virtual void when_gone(std::function<void()> gone) = 0;
};

/// The control socket: local SEQPACKET clients, none of whom can hold up another.
class Control {
 public:
  using Handler = std::function<void(const std::shared_ptr<ControlSession>&, Packet)>;
  static constexpr std::size_t max_clients = 256;
  /// Requests that a client may send before the one in work is done; more end its connection.
  static constexpr std::size_t max_requests = 64;

  /// Error: the socket cannot be made, or another process answers there. `io` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Control>> listen(boost::asio::io_context& io,
                                                               const std::filesystem::path& path,
                                                               Handler handler);
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;
  /// Closes all clients and removes the socket's file.
  ~Control();  // NOLINT(bugprone-exception-escape): as at its definition

 private:
  class Impl;
  explicit Control(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
