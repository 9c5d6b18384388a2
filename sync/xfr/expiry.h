#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "zones/base/clock.h"
#include "zones/dns/name.h"
#include "zones/dns/rdata.h"

namespace doors::xfr {

/// What becomes of a zone that no primary has confirmed for as long as its SOA's EXPIRE says.
enum class OnExpire : std::uint8_t {
  servfail,  ///< it is not answered from any more (RFC 1034 §4.3.5)
  keep,      ///< it is, and an alarm is all
};

/// When a primary last said that a zone is its newest, as it is remembered over restarts.
struct Confirmation {
  Name zone;
  WallTime when;                 ///< by the calendar, to the second
  std::chrono::seconds expire;   ///< so long it is good; 0: not known
  std::chrono::seconds overdue;  ///< so long nobody worries
  bool expired = false;
  bool in_doubt = false;  ///< the calendar jumped afterwards: `when` says nothing
};

/// Which zones that come by transfer are too old to be answered.
///
///     confirmed ──overdue──► alarm ──EXPIRE──► expired: an alarm, and withheld by OnExpire::servfail
///         ▲                                        │
///         └──────────────── confirm() ◄────────────┘
///
/// While it runs it counts on the clock that never jumps; over a restart the calendar is all there is. If
/// that goes another way than the steady clock, or a restart comes before what was there before it or over a
/// year behind, then nobody knows how much time has passed: all zones of then are *in doubt*, stay as they
/// are until a primary confirms them, and an alarm says so. Time comes in as a Clock. One thread.
class Expiry {
 public:
  static constexpr std::chrono::seconds jump_tolerance{60};  ///< and a thousandth of the time between looks
  static constexpr std::chrono::hours most_downtime{366 * 24};
  static constexpr std::chrono::hours overdue_unknown{1};  ///< of a zone that was never confirmed

  explicit Expiry(const Clock& clock) noexcept
      : clock_(clock), seen_monotonic_(clock.monotonic()), seen_wall_(clock.wall()) {}

  /// What was remembered, before anything else.
  void restore(const Confirmation& remembered);
  /// From now on this zone counts, so.
  void follow(const Name& zone, OnExpire on_expire);
  /// And only these do; what is remembered of others is left alone until they are forgotten.
  void forget(const Name& zone);
  [[nodiscard]] std::vector<Name> followed() const;

  /// A primary says that the zone is its newest. Gone are expiry and doubt.
  void confirm(const Name& zone, const SoaFields& soa);
  /// When the zone expires if nothing comes; nothing if that is not known, or frozen.
  [[nodiscard]] std::optional<Monotonic> expires(const Name& zone) const;
  [[nodiscard]] std::optional<Monotonic> confirmed(const Name& zone) const;

  /// Looks at the clocks; to be called every second or so. True if withheld() or alarms() may have changed.
  bool tick();
  /// Zones that are not to be answered, and why.
  [[nodiscard]] const std::map<Name, std::string>& withheld() const noexcept { return withheld_; }
  [[nodiscard]] const std::vector<std::string>& alarms() const noexcept { return alarms_; }
  /// What is to be remembered that was not taken before.
  [[nodiscard]] std::vector<Confirmation> take_news();
  /// What was taken could not be kept: these zones are news again, as they are now.
  void give_back(const std::vector<Confirmation>& news);

 private:
  struct Zone {
    Monotonic when;
    std::chrono::seconds expire{0};
    std::chrono::seconds overdue = overdue_unknown;
    OnExpire on_expire = OnExpire::servfail;
    bool followed = false;
    bool ever = false;  // confirmed
    bool expired = false;
    bool in_doubt = false;
    bool is_news = false;
  };
  void look_for_jump();
  void scan(Monotonic now);

  const Clock& clock_;
  Monotonic seen_monotonic_;
  WallTime seen_wall_;
  std::map<Name, Zone> zones_;
  bool changed_ = false;               // scan() has something to say before next_
  Monotonic next_ = Monotonic::max();  // when the next zone is overdue or expires
  std::map<Name, std::string> withheld_;
  std::vector<std::string> alarms_;
};

}  // namespace doors::xfr
