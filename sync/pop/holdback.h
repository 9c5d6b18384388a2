#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "sync/fleet/plan.h"
#include "sync/pop/archive.h"
#include "sync/trust/chain.h"
#include "zones/base/clock.h"
#include "zones/dns/name.h"

namespace doors {

/// What a plan looks at, of a version.
[[nodiscard]] PlannedVersion planned(const Version& version);

/// Holds versions back that this PoP is not to take yet: by the fleet's plan (its wave is not open, it is
/// pinned), and by its delay: it is then to be behind the others on purpose and takes a version no earlier
/// than `delay` after its publisher made it, so that what turns out to be bad can be superseded before. Of
/// several that may be taken it takes the newest. One thread.
class Holdback {
 public:
  /// What was taken of a zone.
  using Known = std::function<std::optional<ChainHead>(NameView)>;
  Holdback(const Archive& archive, FleetNode self, std::chrono::milliseconds delay)
      : archive_(archive), self_(std::move(self)), delay_(delay) {}

  /// From now on this plan counts; what is held back is looked at anew by the next release().
  void set_plan(FleetPlan plan);
  [[nodiscard]] const FleetPlan& plan() const noexcept { return plan_; }

  /// Of the newest versions in `news`, and of those held back, what may be taken at `now`: the version
  /// itself, or one before it that may be and was not taken yet.
  [[nodiscard]] std::vector<StoredVersion> release(std::vector<StoredVersion> news, WallTime now,
                                                   const Known& known);
  /// Of versions that were released before, what may still be taken. What may not is held back again, unless
  /// a newer one of its zone is.
  [[nodiscard]] std::vector<StoredVersion> still_due(std::vector<StoredVersion> released, WallTime now);
  /// When the next version that is held back by the delay may be taken; nothing: none is.
  [[nodiscard]] std::optional<WallTime> next() const;
  /// How many zones have versions held back.
  [[nodiscard]] std::size_t held() const noexcept { return held_.size(); }
  /// When this node may take a version; WallTime::max(): not by the plan as it is.
  [[nodiscard]] WallTime due(const Version& version) const;

 private:
  const Archive& archive_;
  FleetNode self_;
  std::chrono::milliseconds delay_;
  FleetPlan plan_;
  struct Held {
    StoredVersion newest;
    WallTime due;  ///< of the next one to take, which may be older than `newest`
  };
  std::map<Name, Held> held_;
};

}  // namespace doors
