#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "zones/base/control_message.h"
#include "zones/base/error.h"
#include "zones/base/local_socket.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// One connected local socket on the event loop: messages go out in order as the peer takes them, and come in
/// one by one. Neither end waits. The loop's thread only; destroying or closing it inside a handler is fine.
class Channel {
 public:
  struct Handlers {
    std::function<void(Packet)> packet;  ///< one message came
    std::function<void(const std::string&)>
        closed;                     ///< the peer is gone, or broke the protocol; once, and last
    std::function<void()> drained;  ///< nothing waits to be sent any more; may be empty
  };
  Channel(boost::asio::io_context& io, UniqueFd fd, Handlers handlers);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();  ///< closes; no handler is called after it

  /// Queues a message and the descriptors beside it, which are closed once sent.
  void send(const ControlMessage& message, std::vector<UniqueFd> fds = {});
  [[nodiscard]] std::size_t waiting_octets() const noexcept;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
