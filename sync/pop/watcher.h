#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "sync/pop/archive.h"
#include "sync/store/store.h"

namespace doors {

/// What is new in the store: at first every zone's newest version, then those that changed, and all again
/// when the store has forgotten what happened since. One thread, but for `wake`, which may come on any.
class Watcher {
 public:
  Watcher(Store& store, std::function<void()> wake) : store_(store), wake_(std::move(wake)) {}
  /// Newest versions not yet given; nothing is proved. Error: the store cannot be read now; the next call
  /// begins anew.
  [[nodiscard]] Result<std::vector<StoredVersion>> take();
  /// The revision of the store up to which take() has given all.
  [[nodiscard]] std::uint64_t seen() const noexcept { return seen_; }
  /// Lets the next take() give everything again.
  void restart() { watch_.reset(); }

 private:
  Result<std::vector<StoredVersion>> list();
  Store& store_;
  std::function<void()> wake_;
  std::unique_ptr<StoreWatch> watch_;
  std::uint64_t seen_ = 0;
};

}  // namespace doors
