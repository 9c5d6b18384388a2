#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/health/door.h"
#include "server/health/drain.h"
#include "server/health/judge.h"
#include "server/health/rate_meter.h"
#include "server/routes/announcer.h"
#include "zones/base/clock.h"

namespace doors {

/// One change of state, for the log, `history` and the state file.
struct Change {
  WallTime at{};
  std::string event;        ///< "prefix announced", "drain ordered"
  std::string subject;      ///< the prefix, service or peer; may be empty
  std::string reason;       ///< may be empty
  bool is_trouble = false;  ///< something is wrong, not merely different; for the log's level, not remembered
  friend bool operator==(const Change&, const Change&) = default;
};

/// What survives a restart of doorkeeper.
struct KeeperMemory {
  std::optional<DrainOrder> drain;
  bool is_far = false;         ///< weighted `far` by an operator
  std::deque<Change> changes;  ///< oldest first, at most `most_changes`
  static constexpr std::size_t most_changes = 100;
};

/// The questions that are asked of each service address.
enum class CheckKind : std::uint8_t { udp, tcp, must_fail, zone };

// What happened: the events of Keeper::step().
struct Probed {  ///< a probe ended
  std::size_t service = 0;
  CheckKind kind = CheckKind::udp;
  ProbeReport report;
  std::size_t zone = 0;  ///< of kind `zone`: which one was asked for, 1 for the first of Settings::zones
};
struct DoordSaid {  ///< doord answered `status`
  std::optional<std::chrono::milliseconds> beat_age;
  std::uint64_t queries = 0;        ///< received over UDP and TCP since its start
  std::uint64_t udp_responses = 0;  ///< sent since its start
};
struct DoordSilent {  ///< its control socket is absent, closed or gives no answer
  std::string words;
};
struct SerialExpected {  ///< what doorsync last handed over of a zone; nothing: not known
  std::optional<std::uint32_t> serial;
  std::size_t zone = 0;  ///< 0: the one that every probe asks for, then Settings::zones
};
struct DrainAsked {
  std::string reason;
  std::string by;
};
struct UndrainAsked {
  std::string by;
};
struct WeightAsked {
  bool far = false;  ///< else up
  std::string by;
};
struct LeaseSet {  ///< a renewal asked for by an action was done, or not
  std::size_t prefix = 0;
  Lane lane = Lane::none;
  std::string error;  ///< empty: done
};
struct Tick {};
using KeeperEvent = std::variant<Probed, DoordSaid, DoordSilent, SerialExpected, DrainAsked, UndrainAsked,
                                 WeightAsked, LeaseSet, Tick>;

/// What the shell must do now, in this order. It carries out every one at once and tells renewals' outcomes
/// back.
struct LeaseAction {
  enum class Verb : std::uint8_t { renew, drop };
  Verb verb = Verb::drop;
  std::size_t prefix = 0;
  Lane lane = Lane::none;
  friend bool operator==(const LeaseAction&, const LeaseAction&) = default;
};
struct KeeperActions {
  std::vector<LeaseAction> leases;
  std::vector<std::size_t> ask_tcp;  ///< services to be asked over TCP at once, because UDP was silent
  std::vector<Change> changes;       ///< to be logged
  bool save = false;                 ///< memory() differs from what was last saved
};

/// Joins everything that doorkeeper knows into each prefix's desired state: probes, doord's beat, drain,
/// hold-down; tells it all to `why`. A pure state machine: events in, actions out; time comes from the clock
/// passed in. One thread.
///
/// Hard causes withdraw: `fall` probes over UDP without a well-formed response of this PoP, or the workers'
/// beat stopped. Soft causes are only told: wrong serial, SERVFAIL or REFUSED, latency, TCP alone, a control
/// socket without answer, and UDP probes lost while doord answers others by the hundred and us over TCP: an
/// overloaded PoP that closed would only push the flood to the next. There the TCP answer is the proof that
/// renews.
class Keeper {
 public:
  struct Prefix {
    std::string prefix;    ///< "192.0.2.0/24"; of one that is only watched, the service's address
    std::string protocol;  ///< the BGP speaker's; may be empty
    std::vector<std::size_t> services;
    bool announced = true;  ///< false: watched, never announced
    friend bool operator==(const Prefix&, const Prefix&) = default;
  };
  struct Settings {
    std::vector<std::string> services;  ///< "192.0.2.53:53": names, the shell knows where they are
    std::vector<Prefix> prefixes;
    std::vector<std::string> zones;  ///< asked for by turns besides
    Door::Settings door;
    Drain::Settings drain;
    bool has_leases = true;      ///< false: health only, nothing to announce by
    bool has_drain_lane = true;  ///< false: a drain lets the lease go at once
    bool has_far_lane = true;    ///< false: a weight of `far` changes nothing
    /// A lease that moves stands on both interfaces for a moment. False: it is dropped first, for a speaker
    /// that mistakes the two for one (FRR's zebra); in the same moment, so that it still sees but a change.
    bool lanes_overlap = true;
    std::chrono::milliseconds beat_limit{1000};
    std::chrono::milliseconds latency_limit{50};
  };
  /// `inherited` says of each prefix whether a lease of an earlier doorkeeper still runs.
  Keeper(const Clock& clock, Settings settings, KeeperMemory memory, const std::vector<bool>& inherited);

  [[nodiscard]] KeeperActions step(const KeeperEvent& event);
  /// New limits and times; services and prefixes stay as they are.
  void configure(const Settings& settings);

  /// What a BGP speaker should do now.
  [[nodiscard]] std::vector<Announcement> announcements() const;

  /// "starting", "up", "partly", "down", "draining", "drained"
  [[nodiscard]] std::string_view state() const;
  [[nodiscard]] std::chrono::milliseconds state_age() const;
  /// The whole answer to "why is it as it is", a line each, complete without the log.
  [[nodiscard]] std::vector<std::string> why() const;
  /// Whether the prefix's lease is held, by our own book.
  [[nodiscard]] bool is_announced(std::size_t prefix) const;
  [[nodiscard]] const std::vector<Prefix>& prefixes() const noexcept { return settings_.prefixes; }
  [[nodiscard]] const Door& door(std::size_t prefix) const { return doors_[prefix]; }
  [[nodiscard]] const Drain& drain() const noexcept { return drain_; }
  [[nodiscard]] const KeeperMemory& memory() const noexcept { return memory_; }
  [[nodiscard]] std::optional<double> query_rate() const noexcept { return query_rate_.rate(); }
  /// Notes a change that only the shell sees (the BGP speaker lost); it goes to the history and the actions
  /// of `into`.
  void note(KeeperActions& into, std::string event, std::string subject, std::string reason,
            bool is_trouble = false);

 private:
  struct Check {  ///< the last of one kind of question to one service
    std::optional<ProbeReport> last;
    Monotonic at{};
    HealthState health{HealthState::Limits{}};
    Monotonic verdict_since{};
    std::chrono::microseconds latency{0};  ///< smoothed over some ten answers
  };
  struct ServiceChecks {
    Check udp, tcp, must_fail;
  };
  struct SoftCause {
    std::string words;
    Monotonic since{};
  };

  void on(KeeperActions& actions, const Probed& probed);
  void on(KeeperActions& actions, const DoordSaid& said);
  void on(KeeperActions& actions, const DoordSilent& silent);
  void on(KeeperActions& actions, const SerialExpected& expected);
  void on(KeeperActions& actions, const DrainAsked& asked);
  void on(KeeperActions& actions, const UndrainAsked& asked);
  void on(KeeperActions& actions, const WeightAsked& asked);
  void on(KeeperActions& actions, const LeaseSet& set);
  void on(KeeperActions& actions, const Tick& tick);

  void count(KeeperActions& actions, std::size_t service, bool alive, const std::string& words);
  void act(KeeperActions& actions, std::size_t prefix, Door::Act act);
  /// Whether there is anything to announce the prefix by.
  [[nodiscard]] bool has_lease(std::size_t prefix) const {
    return settings_.has_leases && settings_.prefixes[prefix].announced;
  }
  /// Where the lease of a proven prefix belongs now.
  [[nodiscard]] Lane lane() const noexcept;
  void let_go(KeeperActions& actions, std::size_t prefix);
  /// Before a renewal: where two leases of one prefix would be one too many, drops the other.
  void make_way(KeeperActions& actions, std::size_t prefix);
  void drain_ended(KeeperActions& actions);
  /// Notes or takes back what stands under `key`; a change of words alone is no change of state.
  void soft(KeeperActions& actions, const std::string& key, const std::optional<std::string>& words);
  void judge_zone(KeeperActions& actions, const Probed& probed);
  /// "serves serial 7, not 8" if it does, and has had the time to change.
  [[nodiscard]] std::optional<std::string> wrong_serial(const ProbeReport& report, std::size_t zone) const;
  void judge_soft_causes(KeeperActions& actions, std::size_t service, CheckKind kind);
  [[nodiscard]] bool doord_answers_others() const;
  /// Notes what has become different since the last step: doors' phases, announcements, the state as a whole.
  void note_changes(KeeperActions& actions);
  [[nodiscard]] std::string drain_words() const;
  [[nodiscard]] std::string check_words(std::size_t service, CheckKind kind, const Check& check) const;
  [[nodiscard]] std::string prefix_words(std::size_t prefix) const;

  const Clock& clock_;
  Settings settings_;
  KeeperMemory memory_;
  std::vector<ServiceChecks> checks_;
  mutable std::vector<Door> doors_;
  std::vector<Lane> leaving_;  ///< by prefix: where its lease still stands besides, until the next renewal
  Drain drain_;

  std::optional<DoordSaid> doord_;
  Monotonic doord_at_{};
  std::string doord_problem_ = "not asked yet";
  RateMeter query_rate_;
  RateMeter response_rate_;
  std::uint64_t own_queries_ = 0;  ///< of ours that were answered: taken off the rates
  std::uint64_t own_udp_ = 0;
  struct Expected {
    std::optional<std::uint32_t> serial;
    Monotonic since{};
  };
  std::vector<Expected> expected_;  ///< by zone
  std::map<std::string, SoftCause> soft_causes_;

  std::string_view told_state_;
  Monotonic told_state_since_{};
  std::vector<Door::Phase> told_phases_;
  std::vector<Lane> told_lanes_;
  std::vector<std::string> told_lease_errors_;
};

}  // namespace doors
