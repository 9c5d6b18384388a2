#include "server/health/keeper.h"

#include <algorithm>
#include <utility>

#include "server/health/words.h"

namespace doors {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds doord_fresh{2000};     // an older `status` says nothing about now
constexpr std::size_t longest_words = 1000;   // octets of a change's subject and reason
constexpr double others_answered_rate = 100;  // responses per second that are no leftovers of a dying process

}  // namespace

Keeper::Keeper(const Clock& clock, Settings settings, KeeperMemory memory, const std::vector<bool>& inherited)
    : clock_(clock),
      settings_(std::move(settings)),
      memory_(std::move(memory)),
      drain_(settings_.drain, memory_.drain) {
  const Monotonic now = clock_.monotonic();
  const HealthState fresh(settings_.door.limits);
  checks_.resize(settings_.services.size());
  for (ServiceChecks& checks : checks_) {
    for (Check* check : {&checks.udp, &checks.tcp, &checks.must_fail})
      *check = Check{{}, now, fresh, now, {}};
  }
  for (std::size_t i = 0; i < settings_.prefixes.size(); ++i) {
    doors_.emplace_back(settings_.door, settings_.prefixes[i].services.size(), now, inherited[i]);
  }
  expected_.resize(1 + settings_.zones.size());
  leaving_.assign(doors_.size(), Lane::none);
  told_state_ = state();
  told_state_since_ = now;
  told_phases_.assign(doors_.size(), Door::Phase::starting);
  told_lanes_.assign(doors_.size(), Lane::none);
  told_lease_errors_.assign(doors_.size(), "");
}

KeeperActions Keeper::step(const KeeperEvent& event) {
  KeeperActions actions;
  const Monotonic now = clock_.monotonic();
  // First what time alone has done: an event that comes late must not be taken for one that came in time.
  for (std::size_t i = 0; i < doors_.size(); ++i) act(actions, i, doors_[i].tick(now));
  if (drain_.tick(now)) drain_ended(actions);
  std::visit([&](const auto& happened) { on(actions, happened); }, event);
  if (drain_.phase() == Drain::Phase::marked && settings_.has_leases) {
    const bool any =
        std::ranges::any_of(doors_, [now](const Door& door) { return door.held_on(now) != Lane::none; });
    if (!any && drain_.finish("nothing was announced")) drain_ended(actions);
  }
  note_changes(actions);
  return actions;
}

void Keeper::configure(const Settings& settings) {
  settings_.door = settings.door;
  settings_.drain = settings.drain;
  settings_.beat_limit = settings.beat_limit;
  settings_.latency_limit = settings.latency_limit;
  for (Door& door : doors_) door.configure(settings_.door);
  for (ServiceChecks& checks : checks_) {
    for (Check* check : {&checks.udp, &checks.tcp, &checks.must_fail})
      check->health.limit(settings_.door.limits);
  }
  drain_.configure(settings_.drain);
}

// ---- events ----

void Keeper::on(KeeperActions& actions, const Probed& probed) {
  if (probed.kind == CheckKind::zone) return judge_zone(actions, probed);
  const Monotonic now = clock_.monotonic();
  ServiceChecks& checks = checks_[probed.service];
  Check& check = probed.kind == CheckKind::udp   ? checks.udp
                 : probed.kind == CheckKind::tcp ? checks.tcp
                                                 : checks.must_fail;
  const ProbeReport& report = probed.report;
  if (report.alive()) {
    ++own_queries_;
    if (probed.kind != CheckKind::tcp) ++own_udp_;
    check.latency = check.latency.count() == 0 ? report.took : (check.latency * 9 + report.took) / 10;
  }
  check.last = report;
  check.at = now;
  const bool good = probed.kind == CheckKind::must_fail ? failed_as_it_must(report) : report.alive();
  if (check.health.count(good)) check.verdict_since = now;

  const std::string& address = settings_.services[probed.service];
  const std::string key(kind_words(probed.kind));
  switch (probed.kind) {
    case CheckKind::udp:
      if (report.outcome == ProbeReport::Outcome::silent) actions.ask_tcp.push_back(probed.service);
      count(actions, probed.service, report.alive(), "udp " + address + ": " + report.words);
      break;
    case CheckKind::tcp: {
      const bool udp_lost = checks.udp.last && checks.udp.last->outcome == ProbeReport::Outcome::silent &&
                            checks.udp.at + doord_fresh > now;
      const bool overloaded = udp_lost && report.alive() && doord_answers_others();
      if (overloaded) count(actions, probed.service, true, "");
      if (overloaded || !udp_lost) {
        soft(actions, "lost " + address,
             overloaded
                 ? std::optional(
                       "probes over UDP to " + address +
                       " are lost while doord answers others (overload?); its answers over TCP are the proof")
                 : std::nullopt);
      }
      break;
    }
    case CheckKind::zone:
      break;  // judged above
    case CheckKind::must_fail:
      soft(actions, "fault " + address,
           good ? std::nullopt
                : std::optional("fault: the probe of " + address +
                                " that must fail was answered as if all were well (" + report.words +
                                "), so the other checks prove nothing"));
      break;
  }
  judge_soft_causes(actions, probed.service, probed.kind);
}

void Keeper::count(KeeperActions& actions, std::size_t service, bool alive, const std::string& words) {
  const Monotonic now = clock_.monotonic();
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    const auto& services = settings_.prefixes[i].services;
    const auto found = std::find(services.begin(), services.end(), service);
    if (found == services.end()) continue;
    act(actions, i, doors_[i].probed(now, static_cast<std::size_t>(found - services.begin()), alive, words));
  }
}

void Keeper::on(KeeperActions& actions, const DoordSaid& said) {
  const Monotonic now = clock_.monotonic();
  doord_ = said;
  doord_at_ = now;
  doord_problem_.clear();
  (void)response_rate_.read(now, said.udp_responses, own_udp_);
  if (const auto rate = query_rate_.read(now, said.queries, own_queries_); rate && drain_.rate(now, *rate)) {
    drain_ended(actions);
  }
  std::optional<std::string> stopped;
  if (said.beat_age && *said.beat_age > settings_.beat_limit) {
    stopped = "doord's worker beat stopped " + words_for(*said.beat_age) + " ago";
  }
  for (std::size_t i = 0; i < doors_.size(); ++i) act(actions, i, doors_[i].set_hard_cause(now, stopped));
  soft(actions, "doord", std::nullopt);
}

void Keeper::on(KeeperActions& actions, const DoordSilent& silent) {
  const Monotonic now = clock_.monotonic();
  doord_.reset();
  doord_problem_ = silent.words;
  query_rate_.forget();
  response_rate_.forget();
  // No word about the beat is no word that it stopped: the probes alone decide again.
  for (std::size_t i = 0; i < doors_.size(); ++i)
    act(actions, i, doors_[i].set_hard_cause(now, std::nullopt));
  soft(actions, "doord", "doord's control socket: " + silent.words);
}

void Keeper::on(KeeperActions&, const SerialExpected& expected) {
  Expected& known = expected_[expected.zone];
  if (expected.serial != known.serial) known = {expected.serial, clock_.monotonic()};
}

void Keeper::on(KeeperActions& actions, const DrainAsked& asked) {
  drain_.order(clock_.monotonic(), DrainOrder{asked.reason, asked.by, clock_.wall()}, query_rate_.rate());
  memory_.drain = drain_.standing();
  note(actions, "drain ordered", asked.by, asked.reason);
  if (!settings_.has_leases && drain_.finish("nothing is announced here")) drain_ended(actions);
  if (!settings_.has_drain_lane && drain_.finish("no drain interface is configured")) drain_ended(actions);
}

void Keeper::on(KeeperActions& actions, const UndrainAsked& asked) {
  if (drain_.phase() == Drain::Phase::none) return;
  const bool was_done = drain_.phase() == Drain::Phase::done;
  drain_.undrain();
  memory_.drain.reset();
  note(actions, "drain ended", asked.by, "by order");
  if (!was_done) return;  // still announced and proven: the next renewal moves the lease back
  for (std::size_t i = 0; i < doors_.size(); ++i) act(actions, i, doors_[i].start_over(clock_.monotonic()));
}

void Keeper::on(KeeperActions& actions, const WeightAsked& asked) {
  if (asked.far == memory_.is_far) return;
  memory_.is_far = asked.far;  // the next renewal moves the lease
  note(actions, asked.far ? "weight far" : "weight up", asked.by, "by order");
}

void Keeper::on(KeeperActions& actions, const LeaseSet& set) {
  Door& door = doors_[set.prefix];
  const bool failed = !set.error.empty();
  if (set.lane == lane() || (failed && set.lane != Lane::up)) {
    soft(actions, "lane " + std::to_string(set.prefix),
         failed && set.lane != Lane::up ? std::optional(settings_.prefixes[set.prefix].prefix +
                                                        " cannot be " + std::string(lane_words(set.lane)) +
                                                        ", so it is announced as usual: " + set.error)
                                        : std::nullopt);
  }
  // A mark that cannot be set must not close the door.
  if (failed && set.lane != Lane::up)
    return actions.leases.push_back({LeaseAction::Verb::renew, set.prefix, Lane::up});
  if (failed) return door.renewal_failed(set.error);
  const Monotonic now = clock_.monotonic();
  const Lane before = door.held_on(now);
  door.renewed(now, set.lane);
  // The old one goes with the renewal after, so that the prefix is announced all along: an IPv6 address is
  // seen by others only once the kernel has worked its (empty) duplicate address detection off, behind our
  // back.
  const Lane left = std::exchange(leaving_[set.prefix],
                                  settings_.lanes_overlap && before != set.lane ? before : Lane::none);
  if (left != Lane::none && left != set.lane)
    actions.leases.push_back({LeaseAction::Verb::drop, set.prefix, left});
}

void Keeper::on(KeeperActions&, const Tick&) {}  // step() has done it

// ---- what follows from them ----

void Keeper::act(KeeperActions& actions, std::size_t prefix, Door::Act act) {
  switch (act) {
    case Door::Act::nothing:
      return;
    case Door::Act::drop:
      return let_go(actions, prefix);
    case Door::Act::renew:
      if (!has_lease(prefix) || lane() == Lane::none) return;
      make_way(actions, prefix);
      actions.leases.push_back({LeaseAction::Verb::renew, prefix, lane()});
      return;
  }
}

Lane Keeper::lane() const noexcept {
  const Lane lane = drain_.lane();
  return lane == Lane::up && memory_.is_far && settings_.has_far_lane ? Lane::far : lane;
}

void Keeper::make_way(KeeperActions& actions, std::size_t prefix) {
  const Lane from = doors_[prefix].held_on(clock_.monotonic());
  const auto drop = [&](Lane other) {
    if (other != lane()) actions.leases.push_back({LeaseAction::Verb::drop, prefix, other});
  };
  if (from != Lane::none && !settings_.lanes_overlap) drop(from);
  if (from != Lane::none || settings_.lanes_overlap) return;
  // One of an earlier doorkeeper's may stand elsewhere.
  drop(Lane::up);
  if (settings_.has_far_lane) drop(Lane::far);
  if (settings_.has_drain_lane) drop(Lane::drain);
}

void Keeper::let_go(KeeperActions& actions, std::size_t prefix) {
  doors_[prefix].dropped();
  leaving_[prefix] = Lane::none;
  if (!has_lease(prefix)) return;
  // Whichever we believe it to be on: a drop of what is not there does no harm.
  actions.leases.push_back({LeaseAction::Verb::drop, prefix, Lane::up});
  if (settings_.has_far_lane) actions.leases.push_back({LeaseAction::Verb::drop, prefix, Lane::far});
  if (settings_.has_drain_lane) actions.leases.push_back({LeaseAction::Verb::drop, prefix, Lane::drain});
}

void Keeper::drain_ended(KeeperActions& actions) {
  for (std::size_t i = 0; i < doors_.size(); ++i) let_go(actions, i);
  note(actions, "drained", "", drain_.ended_by());
}

bool Keeper::doord_answers_others() const {
  return doord_ && doord_at_ + doord_fresh > clock_.monotonic() &&
         (!doord_->beat_age || *doord_->beat_age <= settings_.beat_limit) &&
         response_rate_.rate().value_or(0) >= others_answered_rate;
}

void Keeper::note(KeeperActions& into, std::string event, std::string subject, std::string reason,
                  bool is_trouble) {
  // A speaker's words are others': all changes have to fit the state file.
  for (std::string* words : {&subject, &reason}) words->resize(std::min(words->size(), longest_words));
  Change change{clock_.wall(), std::move(event), std::move(subject), std::move(reason), is_trouble};
  into.changes.push_back(change);
  into.save = true;
  memory_.changes.push_back(std::move(change));
  if (memory_.changes.size() > KeeperMemory::most_changes) memory_.changes.pop_front();
}

void Keeper::note_changes(KeeperActions& actions) {
  const Monotonic now = clock_.monotonic();
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    const Door& door = doors_[i];
    const std::string& prefix = settings_.prefixes[i].prefix;
    if (door.phase() != told_phases_[i]) {
      told_phases_[i] = door.phase();
      std::string reason = door.cause();
      if (door.phase() == Door::Phase::held) reason += ", for another " + words_for(door.hold_down_left(now));
      note(actions, "door " + std::string(to_string(door.phase())), prefix, std::move(reason),
           door.phase() == Door::Phase::closed);
    }
    if (door.held_on(now) != told_lanes_[i]) {
      told_lanes_[i] = door.held_on(now);
      std::string reason = door.cause();
      bool is_trouble = false;
      if (told_lanes_[i] == Lane::none) {
        is_trouble = drain_.phase() == Drain::Phase::none;
        if (reason.empty()) reason = door.lease_error().empty() ? drain_words() : door.lease_error();
      }
      note(actions, "prefix " + std::string(lane_words(told_lanes_[i])), prefix, std::move(reason),
           is_trouble);
    }
    if (door.lease_error() != told_lease_errors_[i]) {
      told_lease_errors_[i] = door.lease_error();
      note(actions, told_lease_errors_[i].empty() ? "lease works again" : "lease failed", prefix,
           told_lease_errors_[i], !told_lease_errors_[i].empty());
    }
  }
  if (const auto now_is = state(); now_is != told_state_) {
    told_state_ = now_is;
    told_state_since_ = now;
  }
}

// ---- what it tells ----

std::vector<Announcement> Keeper::announcements() const {
  std::vector<Announcement> wanted;
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    if (!settings_.prefixes[i].announced) continue;
    Announcement announcement{settings_.prefixes[i].prefix, settings_.prefixes[i].protocol,
                              Wanted::withdrawn};
    if (lane() == Lane::none) {
      announcement.wanted = Wanted::withdrawn;
    } else if (doors_[i].phase() == Door::Phase::open) {
      announcement.wanted = Wanted::announced;
      announcement.lane = lane();
    } else if (doors_[i].has_inherited_lease()) {
      announcement.wanted = Wanted::as_is;
    }
    wanted.push_back(std::move(announcement));
  }
  return wanted;
}

std::string_view Keeper::state() const {
  if (drain_.phase() != Drain::Phase::none) return to_string(drain_.phase());
  std::size_t up = 0;
  bool starting = false;
  for (const Door& door : doors_) {
    up += door.phase() == Door::Phase::open && door.lease_error().empty() ? 1u : 0u;
    starting = starting || door.phase() == Door::Phase::starting;
  }
  if (up == doors_.size()) return "up";
  if (up > 0) return "partly";
  return starting ? "starting" : "down";
}

std::chrono::milliseconds Keeper::state_age() const {
  return std::chrono::duration_cast<milliseconds>(clock_.monotonic() - told_state_since_);
}

bool Keeper::is_announced(std::size_t prefix) const {
  return doors_[prefix].held_on(clock_.monotonic()) != Lane::none;
}

}  // namespace doors
