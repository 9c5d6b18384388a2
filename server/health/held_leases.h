#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/health/keeper.h"
#include "server/health/keeper_config.h"
#include "server/routes/lease.h"
#include "zones/base/clock.h"

namespace doors {

/// The leases of a doorkeeper in the kernel, by prefix and lane: what carries Keeper's lease actions out.
/// What cannot be done is logged, and told to `why`. One thread.
class HeldLeases {
 public:
  /// Opens netlink unless the config has no lease interface: then there is nothing to hold.
  [[nodiscard]] static Result<HeldLeases> open(const KeeperConfig& config);

  /// Looks at what an earlier doorkeeper left, for each prefix: true if it may run on. It may not if it is no
  /// lease of ours (permanent, or longer than we give), or while `drained`; and never on the drain interface.
  [[nodiscard]] std::vector<bool> take_over(bool drained);
  [[nodiscard]] Result<void> renew(std::size_t prefix, Lane lane, std::chrono::seconds lifetime);
  void drop(std::size_t prefix, Lane lane);
  /// Looks after the interfaces, at most once a second: one that somebody removed or set down comes back if
  /// `create`.
  void look_after_interfaces(Monotonic now, bool create);
  /// What is wrong with the interfaces, and what the kernel holds just now, a line each.
  [[nodiscard]] std::vector<std::string> words();

 private:
  explicit HeldLeases(const KeeperConfig& config);
  /// Empty: there is no such lane.
  [[nodiscard]] const std::string& interface_of(Lane lane) const {
    return lane == Lane::up ? up_ : lane == Lane::far ? far_ : drain_;
  }
  [[nodiscard]] std::string kernel_words(std::size_t prefix, Lane lane);

  std::string up_;
  std::string far_;
  std::string drain_;
  std::chrono::seconds lifetime_;
  std::vector<Keeper::Prefix> prefixes_;
  std::vector<IpPrefix> addresses_;  ///< by prefix
  std::optional<Leases> leases_;
  std::optional<LeaseInterfaces> interfaces_;
  std::optional<Monotonic> looked_at_;
  std::string problems_;
};

}  // namespace doors
