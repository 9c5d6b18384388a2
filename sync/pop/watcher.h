#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/fleet/plan.h"
#include "sync/pop/archive.h"
#include "sync/store/store.h"

namespace doors {

/// What is new in the store: at first every zone's newest version, then those that changed, and all again
/// when the store has forgotten what happened since. One thread, but for `wake`, which may come on any.
class Watcher {
 public:
  /// Versions that take() gives at once: some 300 MB of small zones.
  static constexpr std::size_t usual_most = 131'072;
  Watcher(Store& store, std::function<void()> wake, std::size_t most_at_once = usual_most)
      : store_(store), wake_(std::move(wake)), most_at_once_(most_at_once) {}
  /// Newest versions not yet given, so many at most; nothing is proved. Error: the store cannot be read now;
  /// the next call begins anew.
  [[nodiscard]] Result<std::vector<StoredVersion>> take();
  /// Whether take() had more than it gave: `wake` does not say so again.
  [[nodiscard]] bool has_more() const noexcept { return given_ < waiting_.size(); }
  /// The fleet's plan, if take() has met another one since; nothing else. One that cannot be read is an empty
  /// one: what belongs to a rollout is then held.
  [[nodiscard]] std::optional<FleetPlan> take_plan() { return std::exchange(plan_, std::nullopt); }
  /// The revision of the store up to which take() has given all.
  [[nodiscard]] std::uint64_t seen() const noexcept { return seen_; }
  /// Lets the next take() give everything again.
  void restart();

 private:
  Result<void> list();
  void add(std::vector<StoredVersion>& news, std::string_view key, Octets value);
  Result<void> fetch();
  [[nodiscard]] std::vector<StoredVersion> give();

  Store& store_;
  std::function<void()> wake_;
  std::size_t most_at_once_;
  std::unique_ptr<StoreWatch> watch_;
  std::vector<StoreEvent> waiting_;  // as the store told it; of it, `given_` are gone
  std::size_t given_ = 0;
  std::uint64_t told_ = 0;  // the revision that `waiting_` leads to
  std::uint64_t seen_ = 0;
  std::optional<FleetPlan> plan_;
};

}  // namespace doors
