#pragma once

#include <functional>
#include <memory>

#include "server/health/keeper_config.h"
#include "zones/base/error.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// Follows the leases for a BGP speaker that does not itself look at interfaces: `doorkeeper --follow
/// exabgp`, started by ExaBGP as its process. Reads the kernel's lease addresses 20 times a second and says
/// on stdout what is to be announced (exabgp_dialogue.h); the acknowledgements come on stdin. So what holds
/// for BIRD holds here: when doorkeeper is dead or frozen, the kernel takes the lease away, and the route
/// goes with it.
///
/// The doorkeeper of this machine says on `[exabgp] socket` what it wants and hears what ExaBGP has
/// acknowledged (server/routes/exabgp.h). What it wants withdrawn is withdrawn whatever the lease; heard no
/// more for 3 s, or while the socket cannot be made (tried again each 5 s), the lease alone decides.
///
/// A follower that hangs would keep the route: one that has not taken its turn for 3 s is killed by its own
/// alarm, and ExaBGP starts another. The turn comes each 50 ms whatever ExaBGP and doorkeeper do.
///
/// One thread, `io`'s.
class Follower {
 public:
  /// `ended` is called once, with "" when ExaBGP has closed its end, else with what went wrong.
  [[nodiscard]] static Result<std::unique_ptr<Follower>> start(boost::asio::io_context& io,
                                                               const KeeperConfig& config,
                                                               std::function<void(const std::string&)> ended);
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  ~Follower();  // NOLINT(bugprone-exception-escape): as at its definition

 private:
  class Impl;
  explicit Follower(std::shared_ptr<Impl> impl) noexcept;
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
