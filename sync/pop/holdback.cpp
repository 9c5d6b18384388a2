#include "sync/pop/holdback.h"

#include <algorithm>
#include <utility>

namespace doors {
namespace {

/// So many versions before the newest are looked at; of more, those between are passed over.
constexpr int most_steps_back = 1000;

}  // namespace

PlannedVersion planned(const Version& version) {
  const bool goes_back = version.kind == VersionKind::rollback || version.kind == VersionKind::tombstone;
  return {version.zone, version.number.epoch, version.number.seq, version.stage, goes_back};
}

void Holdback::set_plan(FleetPlan plan) {
  plan_ = std::move(plan);
  for (auto& [zone, held] : held_) held.due = WallTime::min();
}

WallTime Holdback::due(const Version& version) const {
  if (hold_of(plan_, self_, planned(version)) != Hold::none) return WallTime::max();
  if (delay_.count() == 0 || version.created <= promoted_until(plan_, self_)) return WallTime::min();
  // A time beyond all calendars, which only a publisher can sign, is held to the last that fits.
  constexpr std::uint64_t last = 1ull << 33;
  const std::chrono::seconds created(static_cast<std::int64_t>(std::min(version.created, last)));
  return WallTime(created) + delay_;
}

std::vector<StoredVersion> Holdback::release(std::vector<StoredVersion> news, WallTime now,
                                             const Known& known) {
  std::vector<StoredVersion> released;
  for (StoredVersion& stored : news) {
    const Name zone = stored.version.zone;
    if (due(stored.version) <= now) {
      held_.erase(zone);
      released.push_back(std::move(stored));
    } else {
      held_.insert_or_assign(zone, Held{std::move(stored), WallTime::min()});
    }
  }
  for (auto at = held_.begin(); at != held_.end();) {
    Held& held = at->second;
    if (held.due > now) {
      ++at;
      continue;
    }
    if (due(held.newest.version) <= now) {
      released.push_back(std::move(held.newest));
      at = held_.erase(at);
      continue;
    }
    // The newest has to wait. Of those before it the newest that need not is taken, if it is news here, and
    // the one after that is waited for.
    held.due = due(held.newest.version);
    const std::optional<ChainHead> taken = known(at->first);
    std::uint64_t seq = held.newest.version.number.seq;
    for (int step = 0; step < most_steps_back && seq > 1; ++step) {
      --seq;
      if (taken && taken->number.seq >= seq) break;  // a zone's seq goes on through epochs
      auto before = archive_.version(at->first, seq);
      if (!before || !*before) break;
      const WallTime when = due((*before)->version);
      if (when <= now) {
        released.push_back(*std::move(*before));
        break;
      }
      held.due = std::min(held.due, when);
    }
    ++at;
  }
  return released;
}

std::vector<StoredVersion> Holdback::still_due(std::vector<StoredVersion> released, WallTime now) {
  std::vector<StoredVersion> due_now;
  for (StoredVersion& stored : released) {
    if (due(stored.version) <= now) {
      due_now.push_back(std::move(stored));
    } else {
      const Name zone = stored.version.zone;
      held_.try_emplace(zone, Held{std::move(stored), WallTime::min()});
    }
  }
  return due_now;
}

std::optional<WallTime> Holdback::next() const {
  std::optional<WallTime> next;
  for (const auto& [zone, held] : held_) {
    if (held.due != WallTime::max()) next = std::min(next.value_or(WallTime::max()), held.due);
  }
  return next;
}

}  // namespace doors
