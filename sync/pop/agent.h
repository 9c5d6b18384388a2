#pragma once

#include <memory>

#include "sync/pop/settings.h"
#include "zones/base/clock.h"
#include "zones/base/error.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// doorsync without its process: opens store, blobs, journal and images (and mends what is damaged), watches
/// the store, builds, delivers, and answers its control socket. Three threads of its own stand beside the
/// event loop: one publishes, one builds, one reads for clients. The loop's thread only.
class Agent {
 public:
  /// Call it while the process has one thread: it looks for damage in a forked child. `io` and `clock` must
  /// outlive the agent. Error: something cannot be opened, so that there is no use in running.
  [[nodiscard]] static Result<std::unique_ptr<Agent>> start(boost::asio::io_context& io, const Clock& clock,
                                                            const DoorsyncSettings& settings);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  ~Agent();  ///< lets what is being written end

  /// Takes other publishers, service addresses and endpoints of etcd, at once. What else has changed needs a
  /// restart, and a log line says so.
  void reload(const DoorsyncSettings& settings);

 private:
  class Impl;
  explicit Agent(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace doors
