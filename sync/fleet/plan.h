#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sync/fleet/canary.h"
#include "sync/fleet/selector.h"
#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/dns/name.h"

namespace doors {

/// How one push, or several under one number, goes through the fleet.
struct Rollout {
  enum class State : std::uint8_t { done, going, stopped };
  std::uint32_t id =
      0;  ///< Version::stage of what belongs to it; each is higher than all before; 0: none yet
  State state = State::done;
  std::vector<std::string> waves;           ///< selectors, in their order; at most max_waves
  std::uint32_t open = 0;                   ///< so many of them take it
  std::string reason;                       ///< why it was stopped
  std::chrono::milliseconds bake{10'000};   ///< between a wave's last receipt and the next wave
  std::chrono::milliseconds limit{60'000};  ///< for the receipts of a wave
  CanaryLimits gates;                       ///< what each node judges itself by, while it goes on

  static constexpr std::size_t max_waves = 32;
};

/// What the fleet shall take and what not, as one record of the store: it stands at the key of all heads, so
/// that one watch brings both, in the order in which they were put. Whoever can write to the store can write
/// it; so it can delay a version and bring it sooner, and nothing else: what is taken is signed.
///
/// A node that cannot read it holds what belongs to a rollout, so that a fleet without it stays as it is.
struct FleetPlan {
  static constexpr std::string_view key = "head/";
  static constexpr std::size_t most_stopped = 64;
  static constexpr std::size_t most_pins = 256;

  /// A rollout that was stopped: its versions are for nobody; what takes them back is for those who had them.
  struct Stopped {
    std::uint32_t id = 0;
    std::string opened;  ///< a selector
  };
  /// Nodes that stay at a version of a zone.
  struct Pin {
    std::string selector;
    Name zone;
    std::uint32_t epoch = 0;
    std::uint64_t seq = 0;
  };
  /// Nodes with a delay that take what was made until then at once.
  struct Promotion {
    std::string selector;
    std::uint64_t created = 0;  ///< seconds since 1970
  };

  Rollout rollout;
  std::vector<Stopped> stopped;  ///< oldest first, at most most_stopped
  std::vector<Pin> pins;
  std::vector<Promotion> promotions;

  /// Puts a rollout in the place of the one that is over. One that still goes on is stopped by that.
  void begin(Rollout next);
  void stop(std::string reason);

  [[nodiscard]] std::vector<std::byte> encode() const;
  /// Strictly, from any origin.
  [[nodiscard]] static Result<FleetPlan> decode(Octets octets);
};

/// Of a version what a plan looks at.
struct PlannedVersion {
  NameView zone;
  std::uint32_t epoch = 0;
  std::uint64_t seq = 0;
  std::uint32_t stage = 0;
  bool goes_back = false;  ///< a rollback, or a deletion: inside a stopped rollout it takes that back
};

/// Why a node is not to take a version now.
enum class Hold : std::uint8_t {
  none,     ///< it is
  wave,     ///< its wave is not open yet, or nobody knows
  stopped,  ///< the rollout was stopped
  pin,
};
[[nodiscard]] std::string_view to_string(Hold hold) noexcept;
[[nodiscard]] Hold hold_of(const FleetPlan& plan, const FleetNode& node, const PlannedVersion& version);
/// What was made until then is taken in spite of a delay; 0: nothing.
[[nodiscard]] std::uint64_t promoted_until(const FleetPlan& plan, const FleetNode& node);

}  // namespace doors
