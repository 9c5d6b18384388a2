#include "sync/pop/incoming_blobs.h"

#include <iterator>
#include <utility>

namespace doors {

IncomingBlobs::IncomingBlobs(Disks& disks, std::function<void()> wake) {
  if (!disks.remote || disks.remote->settings().mirrors.empty()) return;
  const auto fetch = [remote = disks.remote.get()](const BlobFetcher::Wish& wish) -> Result<void> {
    const auto octets = remote->fetch(wish.hash, wish.octets);
    if (!octets) return Unexpected(octets.error());
    return {};
  };
  fetcher_.emplace(disks.remote->settings().at_once, fetch, std::move(wake));
  arrivals_.emplace(*disks.blobs, *fetcher_);
}

std::vector<BuildOutcome> IncomingBlobs::join(std::vector<StoredVersion>& candidates) {
  std::vector<BuildOutcome> outcomes;
  if (!arrivals_) return outcomes;
  Arrivals::Changes changes = arrivals_->take_changes();
  candidates.insert(candidates.end(), std::make_move_iterator(changes.ready.begin()),
                    std::make_move_iterator(changes.ready.end()));
  for (auto& [version, problem] : changes.problems) {
    BuildOutcome outcome;
    outcome.zone = version.zone;
    outcome.number = version.number;
    outcome.serial = version.serial;
    outcome.version_kind = version.kind;
    outcome.reason = std::move(problem);
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace doors
