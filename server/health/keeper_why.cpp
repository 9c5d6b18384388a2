// The half of Keeper that tells: each line complete without the log.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "server/health/keeper.h"
#include "server/health/words.h"

namespace doors {

std::string Keeper::drain_words() const {
  const auto& order = drain_.standing();
  if (!order) return "not drained";
  std::string words =
      std::string(to_string(drain_.phase())) + " since " + date_words(order->since) + " by " + order->by;
  if (!order->reason.empty()) words += ": " + order->reason;
  return words;
}

std::string Keeper::check_words(std::size_t service, CheckKind kind, const Check& check) const {
  std::string words = "check " + std::string(kind_words(kind)) + " " + settings_.services[service] + ": ";
  if (!check.last) return words + "not asked yet";
  const Monotonic now = clock_.monotonic();
  if (kind == CheckKind::must_fail) {
    words += failed_as_it_must(*check.last) ? "failed, as it must (" : "passed, though it must fail (";
    return words + check.last->words + "), " + words_for(now - check.at) + " ago";
  }
  words += check.last->words + ", " + words_for(now - check.at) + " ago; verdict ";
  words += check.health.verdict() == Verdict::up ? "up" : "down";
  words += " for " + words_for(now - check.verdict_since);
  if (check.health.against() > 0) {
    const auto limits = check.health.limits();
    const std::uint32_t needed = check.health.verdict() == Verdict::up ? limits.fall : limits.rise;
    words += ", " + std::to_string(check.health.against()) + " of " + std::to_string(needed) + " against it";
  }
  return words;
}

std::string Keeper::prefix_words(std::size_t prefix) const {
  const Monotonic now = clock_.monotonic();
  Door& door = doors_[prefix];
  std::string words = "prefix " + settings_.prefixes[prefix].prefix + " ";
  words += has_lease(prefix) ? lane_words(door.held_on(now)) : "only watched";
  words += ": door " + std::string(to_string(door.phase())) + " for " + words_for(now - door.since());
  if (door.held_on(now) != Lane::none) words += ", lease for another " + words_for(door.lease_left(now));
  if (door.has_inherited_lease()) words += ", an earlier doorkeeper's lease is running out";
  if (!door.cause().empty()) words += "; " + door.cause();
  if (!door.lease_error().empty()) words += "; " + door.lease_error();
  if (door.hold_down_left(now).count() > 0)
    words += "; held down for another " + words_for(door.hold_down_left(now));
  if (const auto falls = door.falls_remembered(now); falls > 0)
    words += "; falls remembered: " + std::to_string(falls);
  return words;
}

std::vector<std::string> Keeper::why() const {
  const Monotonic now = clock_.monotonic();
  std::vector<std::string> lines;
  lines.push_back("state " + std::string(state()) + " for " + words_for(now - told_state_since_));
  std::string drain = "drain: " + drain_words();
  if (drain_.phase() == Drain::Phase::marked) {
    drain += "; waits for " + rate_words(drain_.goal()) + " or another " + words_for(drain_.left(now));
  } else if (drain_.phase() == Drain::Phase::done) {
    drain += "; " + drain_.ended_by();
  }
  lines.push_back(std::move(drain));
  if (memory_.is_far) {
    lines.emplace_back(settings_.has_far_lane ? "weight: far, by order"
                                              : "weight: far, by order, but no far interface is configured");
  }
  for (std::size_t i = 0; i < doors_.size(); ++i) lines.push_back(prefix_words(i));
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    lines.push_back(check_words(i, CheckKind::udp, checks_[i].udp));
    lines.push_back(check_words(i, CheckKind::tcp, checks_[i].tcp));
    lines.push_back(check_words(i, CheckKind::must_fail, checks_[i].must_fail));
  }
  std::string doord = "doord: ";
  if (!doord_problem_.empty()) {
    doord += doord_problem_;
  } else {
    doord += doord_->beat_age ? "beat " + words_for(*doord_->beat_age) + " old" : "tells no beat";
    doord += ", asked " + words_for(now - doord_at_) + " ago";
    if (const auto rate = query_rate_.rate()) doord += "; " + rate_words(*rate) + " queries of others";
  }
  lines.push_back(std::move(doord));
  const auto& expected = expected_.front().serial;
  lines.push_back("expected serial: " + (expected ? std::to_string(*expected) : "not known"));
  if (!settings_.zones.empty()) {
    const auto known = std::count_if(expected_.begin() + 1, expected_.end(),
                                     [](const Expected& each) { return each.serial.has_value(); });
    lines.push_back("zones asked by turns: " + std::to_string(settings_.zones.size()) +
                    ", serials to expect known of " + std::to_string(known));
  }
  if (soft_causes_.empty()) lines.emplace_back("soft causes: none");
  for (const auto& [key, cause] : soft_causes_) {
    lines.push_back("soft cause for " + words_for(now - cause.since) + ": " + cause.words);
  }
  return lines;
}

}  // namespace doors
