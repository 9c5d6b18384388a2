#include "sync/pop/staging.h"

#include <algorithm>
#include <utility>

#include "sync/pop/holdback.h"
#include "sync/pop/kept_plan.h"

namespace doors {
namespace {

std::string goes_on(const Rollout& rollout) {
  return "rollout " + std::to_string(rollout.id) + " is going on, wave " + std::to_string(rollout.open) +
         " of " + std::to_string(rollout.waves.size());
}

Staging refuse(std::string reason) { return {std::nullopt, std::move(reason)}; }

}  // namespace

Staging stage_push(const Archive& archive, std::span<const Archive::Addition> additions,
                   const std::optional<Rollout>& rollout, const std::set<std::string, std::less<>>& forced) {
  const bool force = forced.contains("rollout");
  const auto looks_forward = [](const Archive::Addition& addition) {
    return !planned(addition.stored.version).goes_back;
  };
  if (!rollout) {
    bool follows_staged = false;
    for (const Archive::Addition& addition : additions) {
      if (!looks_forward(addition)) continue;
      if (addition.stored.version.stage != 0)
        return refuse("the push names a rollout and comes without its waves");
      follows_staged = follows_staged || (addition.before && addition.before->stored.version.stage != 0);
    }
    if (!follows_staged || force) return {};
    const auto kept = read_plan(archive);
    if (!kept) return refuse(kept.error().message);
    const Rollout& now = kept->plan.rollout;
    const bool overtakes = now.state == Rollout::State::going &&
                           std::ranges::any_of(additions, [&](const Archive::Addition& addition) {
                             return looks_forward(addition) && addition.before &&
                                    addition.before->stored.version.stage == now.id;
                           });
    return overtakes ? refuse(goes_on(now)) : Staging{};
  }
  auto kept = read_plan(archive);
  if (!kept) return refuse(kept.error().message);
  if (kept->plan.rollout.state == Rollout::State::going && !force) return refuse(goes_on(kept->plan.rollout));
  const auto next_id = next_rollout(archive, *kept);
  if (!next_id) return refuse(next_id.error().message);
  for (const Archive::Addition& addition : additions) {
    if (addition.stored.version.stage != *next_id)
      return refuse("another rollout came first: the next is " + std::to_string(*next_id));
  }
  Rollout next = *rollout;
  next.id = *next_id;
  next.state = Rollout::State::going;
  next.open = 1;
  kept->plan.begin(std::move(next));
  auto beside = put_of(kept->plan, kept->revision);
  if (!beside) return refuse(beside.error().message);
  return {*std::move(beside), {}};
}

}  // namespace doors
