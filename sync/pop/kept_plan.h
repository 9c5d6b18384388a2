#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sync/fleet/plan.h"
#include "sync/pop/archive.h"

namespace doors {

/// The fleet's plan as the store has it.
struct KeptPlan {
  FleetPlan plan;
  std::uint64_t revision = 0;  ///< at which it was put; 0: there is none, and `plan` is empty
};
/// Error: the store cannot be read, or the plan.
[[nodiscard]] Result<KeptPlan> read_plan(const Archive& archive);
/// The number of the next rollout: higher than any that a version may name. Without a plan all heads are
/// looked at.
[[nodiscard]] Result<std::uint32_t> next_rollout(const Archive& archive, const KeptPlan& kept);

/// How `plan` is put, in a transaction with more or alone. Error: it is too large.
[[nodiscard]] Result<Archive::Beside> put_of(const FleetPlan& plan, std::uint64_t before);

/// Reads, lets `edit` change, and puts; again if another came between. `edit` says why it does not; then
/// nothing is put. Error: that, or the store is lost.
[[nodiscard]] Result<void> edit_plan(Archive& archive, const std::function<std::string(FleetPlan&)>& edit);

}  // namespace doors
