#pragma once

#include <functional>
#include <memory>
#include <string>

#include "server/health/keeper_config.h"
#include "zones/base/error.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// The shell around Keeper: asks the probes when their time has come, carries out what the state machine
/// decides, and answers on the control socket. All on one event loop that nothing may block: the state file
/// has a thread of its own, every socket is non-blocking with a deadline, and what hangs all the same only
/// lets the leases run out.
///
/// Control socket (zones/base/control_message.h), a line of fields each:
///   status   → status   version pid pop node state since_ms prefix="PREFIX announced|draining|withdrawn"…
///   bird
///                       drain_reason drain_by drain_since_ms queries_per_second lease_left_ms
///   why      → why      reason=LINE…
///   history  → change*  at_ms event subject reason, oldest first; then end
///   drain    → ok       fields reason, by (default: who the kernel says); after the order is on disk. With
///   wait=yes:
///                       progress (state queries_per_second left_ms) each second, then end (state reason)
///   undrain  → ok
///   weight   → ok       fields lane = up or far, by
///   others   → error    reason
class Doorkeeper {
 public:
  /// Opens everything that must be there; leases are taken up from an earlier doorkeeper, dropped where they
  /// must not stand. Errors: the control socket, netlink. `io` outlives it.
  [[nodiscard]] static Result<std::unique_ptr<Doorkeeper>> start(boost::asio::io_context& io,
                                                                 KeeperConfig config);
  Doorkeeper(const Doorkeeper&) = delete;
  Doorkeeper& operator=(const Doorkeeper&) = delete;
  /// Leases are left to run out by themselves: what stops for good is withdrawn by the kernel, what is
  /// restarted within a lease was never away.
  ~Doorkeeper();  // NOLINT(bugprone-exception-escape): as at its definition

  /// Takes another config up. Error, and the old one stays: services, leases, interfaces, sockets or the
  /// state directory differ, for which doorkeeper must be restarted.
  [[nodiscard]] Result<void> reload(KeeperConfig config);

 private:
  class Impl;
  explicit Doorkeeper(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
