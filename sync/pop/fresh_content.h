#pragma once

#include <mutex>
#include <optional>
#include <utility>

#include "sync/trust/version.h"
#include "zones/content/content.h"

namespace doors {

/// The largest content of the push that was published last, on its way from who checked it to who builds its
/// image, so that it is unpacked and checked once. Any thread.
class FreshContent {
 public:
  /// Keeps the content of the version with that hash, which it was checked against, if it is the largest
  /// since clear().
  void offer(const VersionHash& hash, Content&& content) {
    const std::scoped_lock lock(mutex_);
    if (content_ && content_->stream().size() >= content.stream().size()) return;
    hash_ = hash;
    content_ = std::move(content);
  }
  /// Gives it away; nothing if it is not that version's.
  [[nodiscard]] std::optional<Content> take(const VersionHash& hash) {
    const std::scoped_lock lock(mutex_);
    return hash_ == hash ? std::exchange(content_, std::nullopt) : std::nullopt;
  }
  void clear() {
    const std::scoped_lock lock(mutex_);
    content_.reset();
  }

 private:
  std::mutex mutex_;
  VersionHash hash_{};
  std::optional<Content> content_;
};

}  // namespace doors
