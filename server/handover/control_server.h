#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "server/handover/control_host.h"
#include "zones/base/error.h"
#include "zones/base/file.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// The control socket: local SEQPACKET clients of `ControlRequests`, many at once, none of whom can hold up
/// another or the server. Requests of one client are dealt with in their order. What a client does not read
/// is kept up to a bound; then nothing more is received from it until it reads. The control thread only.
class ControlServer {
 public:
  /// Clients at once; a newcomer beyond them is closed at once.
  static constexpr std::size_t max_clients = 256;
  /// Replies kept for one client that does not read: enough for 100,000 pipelined offers.
  static constexpr std::size_t max_waiting_octets = 32 * 1024 * 1024;

  /// `io` runs on the control thread; `io` and `host` outlive the server.
  ControlServer(boost::asio::io_context& io, ControlHost& host);
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer();

  /// Accepts clients at `path`. The socket file is removed at the end.
  [[nodiscard]] Result<void> listen(const std::filesystem::path& path);
  /// Serves a connected SEQPACKET descriptor that the parent process gave; `gone` is called when the parent
  /// closes it.
  [[nodiscard]] Result<void> adopt(UniqueFd connected, std::function<void()> gone);
  /// Stops accepting and closes all clients.
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace doors
