#include "sync/pop/kept_plan.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "sync/store/certain_txn.h"

namespace doors {
namespace {

constexpr int most_tries = 20;

}  // namespace

Result<KeptPlan> read_plan(const Archive& archive) {
  const auto value = archive.store().get(FleetPlan::key);
  if (!value) return Unexpected(value.error());
  KeptPlan kept;
  if (*value) {
    auto plan = FleetPlan::decode((*value)->octets);
    if (!plan) return Unexpected(std::move(plan).error());
    if (plan->encode().empty()) return failure("the plan of the fleet is too large");
    kept.plan = *std::move(plan);
    kept.revision = (*value)->revision;
  }
  return kept;
}

Result<std::uint32_t> next_rollout(const Archive& archive, const KeptPlan& kept) {
  std::uint32_t last = kept.plan.rollout.id;
  if (kept.revision == 0) {
    const auto listed = archive.heads(
        [&](const StoredVersion& stored, std::uint64_t) { last = std::max(last, stored.version.stage); });
    if (!listed) return Unexpected(listed.error());
  }
  if (last == std::numeric_limits<std::uint32_t>::max())
    return failure("no number is left for a rollout: what the store has is wrong");
  return last + 1;
}

Result<Archive::Beside> put_of(const FleetPlan& plan, std::uint64_t before) {
  auto octets = plan.encode();
  if (octets.empty()) return failure("the plan of the fleet is too large");
  const std::string key(FleetPlan::key);
  return Archive::Beside{{key, before}, {key, std::move(octets), 0}};
}

Result<void> edit_plan(Archive& archive, const std::function<std::string(FleetPlan&)>& edit) {
  for (int i = 0; i < most_tries; ++i) {
    auto kept = read_plan(archive);
    if (!kept) return Unexpected(std::move(kept).error());
    if (std::string why = edit(kept->plan); !why.empty()) return failure(std::move(why));
    auto put = put_of(kept->plan, kept->revision);
    if (!put) return Unexpected(std::move(put).error());
    const auto outcome = certain_txn(archive.store(), {put->compare}, {put->put}, pause_between_tries);
    if (!outcome) return Unexpected(outcome.error());
    if (outcome->committed) return {};
    if (outcome->unknown) return failure("the store was lost");
  }
  return failure("others change the plan of the fleet all the time");
}

}  // namespace doors
