#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/fleet/plan.h"
#include "zones/base/clock.h"

namespace doors {

/// What is known of one live node while a rollout goes on.
struct RolloutNode {
  FleetNode who;
  std::uint64_t revision = 0;  ///< up to which it has settled all that the store holds
  bool apart = false;          ///< it is behind on purpose: nobody waits for it
  std::string bad;             ///< what speaks against the rollout there
};

/// Decides what comes next in a rollout: each wave is opened when all nodes of those before have settled what
/// the store held when theirs was, and then answered well for a while. Any node that speaks against it, is
/// gone, or is late stops it. It remembers what no record says (who was there, since when), so after a
/// restart a wave's time begins anew. Pure: time comes in as an argument.
class RolloutWatch {
 public:
  enum class Step : std::uint8_t { wait, open, done, stop };
  struct Decision {
    Step step = Step::wait;
    std::string reason;  ///< of a stop
  };
  /// `put_at`: the revision of the store at which the plan was put that opened the last wave.
  [[nodiscard]] Decision look(const Rollout& rollout, std::uint64_t put_at,
                              const std::vector<RolloutNode>& nodes, Monotonic now);

 private:
  std::uint32_t id_ = 0;
  std::uint32_t open_ = 0;
  Monotonic opened_{};
  std::optional<Monotonic> settled_;
  std::set<std::string> seen_;  ///< "POP/NODE" in the waves that are open
};

}  // namespace doors
