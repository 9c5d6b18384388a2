#include "sync/pop/delay.h"

#include <algorithm>
#include <utility>

namespace doors {
namespace {

/// So many versions before the newest are looked at; of more, those between are passed over.
constexpr int most_steps_back = 1000;

}  // namespace

WallTime Delay::due(const Version& version) const {
  // A time beyond all calendars, which only a publisher can sign, is held to the last that fits.
  constexpr std::uint64_t last = 1ull << 33;
  const std::chrono::seconds created(static_cast<std::int64_t>(std::min(version.created, last)));
  return WallTime(created) + delay_;
}

std::vector<StoredVersion> Delay::release(std::vector<StoredVersion> news, WallTime now, const Known& known) {
  if (delay_.count() == 0) return news;
  std::vector<StoredVersion> released;
  for (StoredVersion& stored : news) {
    const Name zone = stored.version.zone;
    held_.insert_or_assign(zone, Held{std::move(stored), WallTime::min()});
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
      auto before = archive_.version(at->first, --seq);
      if (!before || !*before || (taken && (*before)->version.number <= taken->number)) break;
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

std::optional<WallTime> Delay::next() const {
  std::optional<WallTime> next;
  for (const auto& [zone, held] : held_) next = std::min(next.value_or(WallTime::max()), held.due);
  return next;
}

}  // namespace doors
