#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>

#include "sync/fleet/plan.h"
#include "sync/pop/archive.h"

namespace doors {

/// Whether a push may be published with regard to rollouts, and the plan that has to come with it.
struct Staging {
  std::optional<Archive::Beside> beside;
  std::string refusal;  ///< empty: it may
};
/// With a `rollout` (its waves, gates and times), all versions must name the number that comes next, and none
/// may be going on, else gate `rollout` refuses; forced, what goes on is stopped. Without one, no version may
/// belong to a rollout, nor follow one of a rollout that goes on, unless it takes something back or is
/// forced.
[[nodiscard]] Staging stage_push(const Archive& archive, std::span<const Archive::Addition> additions,
                                 const std::optional<Rollout>& rollout,
                                 const std::set<std::string, std::less<>>& forced);

}  // namespace doors
