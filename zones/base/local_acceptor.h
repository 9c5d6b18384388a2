#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "zones/base/error.h"
#include "zones/base/file.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// The listening end of a control socket on an event loop: what the control sockets of doord, doorsync and
/// doorkeeper have in common. When there are no descriptors clients wait in the queue, and a moment later it
/// looks again. One thread, `io`'s.
class LocalAcceptor {
 public:
  /// Takes a connected client, non-blocking and close-on-exec; may destroy the acceptor.
  using Accepted = std::function<void(UniqueFd client)>;

  /// Listens at `path` (see listen_local()); the first client is accepted once `io` runs. `io` outlives the
  /// acceptor.
  [[nodiscard]] static Result<LocalAcceptor> listen(boost::asio::io_context& io,
                                                    const std::filesystem::path& path, Accepted accepted);
  LocalAcceptor(LocalAcceptor&&) noexcept;
  LocalAcceptor& operator=(LocalAcceptor&&) = delete;
  /// Stops listening and removes the socket's file.
  ~LocalAcceptor();  // NOLINT(bugprone-exception-escape): as at its definition

 private:
  class Impl;
  explicit LocalAcceptor(std::shared_ptr<Impl> impl) noexcept;
  std::shared_ptr<Impl> impl_;  // shared with the handlers that are queued; null: moved from
};

}  // namespace doors
