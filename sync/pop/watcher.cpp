#include "sync/pop/watcher.h"

#include <algorithm>
#include <utility>

#include "zones/base/log.h"

namespace doors {

/// A head must lie under its own zone's key: the signature covers the record, not where the store keeps it.
void Watcher::add(std::vector<StoredVersion>& news, std::string_view key, Octets value) {
  if (key == FleetPlan::key) {
    auto plan = FleetPlan::decode(value);
    if (!plan) log::warn("plan of the fleet passed over", {{"reason", plan.error().message}});
    if (plan) plan_ = *std::move(plan);  // else the last one counts: what is staged beyond it stays held
    return;
  }
  auto stored = StoredVersion::decode(value);
  if (!stored) {
    log::warn("store entry passed over", {{"reason", stored.error().message}});
  } else if (Archive::head_key(stored->version.zone) != key) {
    log::warn("store entry passed over", {{"reason", "it lies under another zone's key"}});
  } else {
    news.push_back(*std::move(stored));
  }
}

void Watcher::restart() {
  watch_.reset();
  waiting_.clear();
  given_ = 0;
}

Result<void> Watcher::list() {
  plan_.emplace();  // unless there is one
  const auto revision = store_.list(Archive::head_prefix, [&](const StoreEntry& entry) {
    waiting_.push_back(
        {std::string(entry.key), std::vector(entry.value.begin(), entry.value.end()), entry.revision});
  });
  if (!revision) return Unexpected(revision.error());
  auto watch = store_.watch(std::string(Archive::head_prefix), *revision + 1, wake_);
  if (!watch) return Unexpected(std::move(watch).error());
  watch_ = std::move(*watch);
  told_ = *revision;
  return {};
}

Result<void> Watcher::fetch() {
  if (!watch_) return list();
  auto batch = watch_->take();
  if (!batch) return Unexpected(std::move(batch).error());
  if (batch->compacted) return list();
  waiting_ = std::move(batch->events);
  for (const StoreEvent& event : waiting_) told_ = std::max(told_, event.revision);
  return {};
}

std::vector<StoredVersion> Watcher::give() {
  std::vector<StoredVersion> news;
  const std::size_t end = std::min(waiting_.size(), given_ + most_at_once_);
  for (; given_ < end; ++given_) {
    const StoreEvent event = std::move(waiting_[given_]);
    if (event.key == FleetPlan::key && !event.value)
      plan_.emplace();
    else if (event.value)
      add(news, event.key, *event.value);
    else
      log::warn("deletion in the store passed over", {{"reason", "only a signed tombstone deletes a zone"}});
  }
  if (has_more()) return news;
  std::exchange(waiting_, {});  // its room goes, too
  given_ = 0;
  seen_ = told_;
  return news;
}

Result<std::vector<StoredVersion>> Watcher::take() {
  if (!has_more()) {
    if (auto fetched = fetch(); !fetched) {
      restart();
      return Unexpected(std::move(fetched).error());
    }
  }
  return give();
}

}  // namespace doors
