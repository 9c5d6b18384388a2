#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/health/health_state.h"
#include "server/health/hold_down.h"
#include "server/routes/announcer.h"
#include "zones/base/clock.h"

namespace doors {

/// One prefix's door: a pure state machine from probe results to what should happen to its lease.
///
///     starting ──proven──► open ◄──proven, hold-down over── held
///         │                 │                                 ▲ │
///         └──fails──► closed ◄─fall, hard cause, lapse┘       │ │ fall
///                       │  ▲──────────────────────────────────┼─┘
///                       └──── proven, but held down ──────────┘
///
/// *Proven*: every service address of the prefix has had `rise` good probes in a row, and no hard cause
/// stands. While open, a renewal is asked for each time every one of the services has answered another probe
/// since the renewal before: so each renewal has its own proof, and a machine that no longer calls is one
/// that no longer renews. A lease that ran out while nobody called (doorkeeper was frozen) closes the door;
/// what counts then is new probes only.
///
/// Time is passed in and never goes backwards. One thread.
class Door {
 public:
  enum class Phase : std::uint8_t { starting, closed, held, open };
  enum class Act : std::uint8_t { nothing, renew, drop };

  struct Settings {
    HealthState::Limits limits;
    std::chrono::milliseconds lease{3000};
    HoldDown::Settings hold_down;
  };

  /// `inherited`: a lease of an earlier doorkeeper, itself earned by a probe, is still running. It is left to
  /// run (a restart is no flap), but dropped at the first failed probe and never renewed before this one has
  /// proven.
  Door(Settings settings, std::size_t services, Monotonic now, bool inherited);

  /// One probe of the service numbered `service` succeeded or failed; `words` say how.
  Act probed(Monotonic now, std::size_t service, bool alive, const std::string& words);
  /// A hard cause appeared (its words), or the last one has gone. Standing, probes count for nothing.
  Act set_hard_cause(Monotonic now, const std::optional<std::string>& cause);
  /// Time passed.
  Act tick(Monotonic now);
  /// An operator ended a drain: hold-down forgotten, everything to be proven again.
  Act start_over(Monotonic now);

  /// The renewal that was asked for is done: the lease now sits on `lane`.
  void renewed(Monotonic now, Lane lane);
  /// It could not be done.
  void renewal_failed(std::string error);
  /// The lease is gone, because a drop was carried out or the lane became none.
  void dropped();

  void configure(Settings settings);

  [[nodiscard]] Phase phase() const noexcept { return phase_; }
  [[nodiscard]] Monotonic since() const noexcept { return since_; }
  /// Why it is not open; empty when open.
  [[nodiscard]] const std::string& cause() const noexcept { return cause_; }
  [[nodiscard]] const std::string& lease_error() const noexcept { return lease_error_; }
  /// Where the lease sits, by our own book: none once its time is over.
  [[nodiscard]] Lane held_on(Monotonic now) const noexcept;
  [[nodiscard]] std::chrono::milliseconds lease_left(Monotonic now) const noexcept;
  [[nodiscard]] bool has_inherited_lease() const noexcept { return inherited_; }
  [[nodiscard]] const HealthState& health(std::size_t service) const { return services_[service].health; }
  [[nodiscard]] std::chrono::milliseconds hold_down_left(Monotonic now) const noexcept {
    return hold_down_.left(now);
  }
  [[nodiscard]] std::uint32_t falls_remembered(Monotonic now) noexcept { return hold_down_.level(now); }

 private:
  struct Service {
    HealthState health;
    bool proved = false;  ///< answered since the last renewal
  };

  void enter(Monotonic now, Phase phase, std::string cause);
  Act close(Monotonic now, std::string cause);
  /// Opens or holds if all is proven, and asks for a renewal if all have proved.
  Act settle(Monotonic now);
  [[nodiscard]] bool lapsed(Monotonic now) const noexcept;

  Settings settings_;
  std::vector<Service> services_;
  HoldDown hold_down_;
  Phase phase_ = Phase::starting;
  Monotonic since_;
  std::string cause_ = "not proven yet";
  std::optional<std::string> hard_cause_;
  bool inherited_;
  Lane held_on_ = Lane::none;
  Monotonic held_until_{};
  std::string lease_error_;
};

[[nodiscard]] std::string_view to_string(Door::Phase phase) noexcept;

}  // namespace doors
