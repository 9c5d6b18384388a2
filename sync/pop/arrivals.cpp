#include "sync/pop/arrivals.h"

#include <utility>

namespace doors {

bool Arrivals::are_here(const StoredVersion& stored, const std::vector<Frame>& frames) {
  const Name& zone = stored.version.zone;
  forget(zone);
  Waiting waiting;
  for (const Frame& frame : frames) {
    if (here_.get(frame.sha256, frame.compressed_octets)) continue;
    waiting.missing.insert(frame.sha256);
    zones_[frame.sha256].insert(zone);
    fetcher_.wish({frame.sha256, frame.compressed_octets});
  }
  if (waiting.missing.empty()) return true;
  waiting.stored = stored;
  waiting_.emplace(zone, std::move(waiting));
  return false;
}

void Arrivals::forget(const Name& zone) {
  const auto found = waiting_.find(zone);
  if (found == waiting_.end()) return;
  for (const Sha256& hash : found->second.missing) {
    const auto others = zones_.find(hash);
    others->second.erase(zone);
    if (!others->second.empty()) continue;
    zones_.erase(others);
    fetcher_.drop(hash);
  }
  waiting_.erase(found);
}

Arrivals::Changes Arrivals::take_changes() {
  Changes changes;
  for (const BlobFetcher::News& news : fetcher_.take_news()) {
    const auto found = zones_.find(news.hash);
    if (found == zones_.end()) continue;  // it came for one that waits no longer
    for (const Name& zone : found->second) {
      const auto at = waiting_.find(zone);
      Waiting& waiting = at->second;
      if (!news.problem.empty()) {
        if (waiting.told != news.problem) changes.problems.emplace_back(waiting.stored.version, news.problem);
        waiting.told = news.problem;
        continue;
      }
      waiting.missing.erase(news.hash);
      if (!waiting.missing.empty()) continue;
      changes.ready.push_back(std::move(waiting.stored));
      waiting_.erase(at);
    }
    if (news.problem.empty()) zones_.erase(found);
  }
  return changes;
}

}  // namespace doors
