#include "sync/pop/watcher.h"

#include <algorithm>
#include <utility>

#include "zones/base/log.h"

namespace doors {
namespace {

/// A head must lie under its own zone's key: the signature covers the record, not where the store keeps it.
void add(std::vector<StoredVersion>& news, std::string_view key, Octets value) {
  auto stored = StoredVersion::decode(value);
  if (!stored) {
    log::warn("store entry passed over", {{"reason", stored.error().message}});
  } else if (Archive::head_key(stored->version.zone) != key) {
    log::warn("store entry passed over", {{"reason", "it lies under another zone's key"}});
  } else {
    news.push_back(*std::move(stored));
  }
}

}  // namespace

Result<std::vector<StoredVersion>> Watcher::list() {
  std::vector<StoredVersion> news;
  const auto revision =
      store_.list(Archive::head_prefix, [&](const StoreEntry& entry) { add(news, entry.key, entry.value); });
  if (!revision) return Unexpected(revision.error());
  auto watch = store_.watch(std::string(Archive::head_prefix), *revision + 1, wake_);
  if (!watch) return Unexpected(std::move(watch).error());
  watch_ = std::move(*watch);
  seen_ = *revision;
  return news;
}

Result<std::vector<StoredVersion>> Watcher::take() {
  if (!watch_) return list();
  auto batch = watch_->take();
  if (!batch) {
    watch_.reset();
    return Unexpected(std::move(batch).error());
  }
  if (batch->compacted) {
    watch_.reset();
    return list();
  }
  std::vector<StoredVersion> news;
  for (const StoreEvent& event : batch->events) {
    seen_ = std::max(seen_, event.revision);
    if (event.value)
      add(news, event.key, *event.value);
    else
      log::warn("deletion in the store passed over", {{"reason", "only a signed tombstone deletes a zone"}});
  }
  return news;
}

}  // namespace doors
