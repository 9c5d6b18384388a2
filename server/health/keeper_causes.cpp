// The half of Keeper that finds soft causes: each under a key, so that it appears once and goes again.
#include <chrono>
#include <optional>
#include <string>

#include "server/health/keeper.h"
#include "server/health/words.h"
#include "zones/dns/serial.h"

namespace doors {

namespace {

constexpr std::chrono::milliseconds serial_grace{5000};  // a version on its way to the workers is no fault

}  // namespace

void Keeper::soft(KeeperActions& actions, const std::string& key, const std::optional<std::string>& words) {
  const auto found = soft_causes_.find(key);
  if (words && found == soft_causes_.end()) {
    soft_causes_.emplace(key, SoftCause{*words, clock_.monotonic()});
    note(actions, "soft cause appeared", "", *words, true);
  } else if (words) {
    found->second.words = *words;
  } else if (found != soft_causes_.end()) {
    note(actions, "soft cause gone", "", found->second.words);
    soft_causes_.erase(found);
  }
}

void Keeper::judge_soft_causes(KeeperActions& actions, std::size_t service, CheckKind kind) {
  const std::string& address = settings_.services[service];
  const ServiceChecks& checks = checks_[service];
  if (kind == CheckKind::tcp) {
    const bool failing = checks.tcp.health.verdict() == Verdict::down && !checks.tcp.last->alive() &&
                         checks.udp.health.verdict() == Verdict::up;
    soft(actions, "tcp " + address,
         failing ? std::optional("tcp " + address + ": " + checks.tcp.last->words) : std::nullopt);
  }
  if (kind != CheckKind::udp || !checks.udp.last->alive()) return;
  const ProbeReport& report = *checks.udp.last;
  soft(actions, "rcode " + address,
       report.rcode == Rcode::noerror
           ? std::nullopt
           : std::optional("udp " + address + " answers " + to_string(*report.rcode)));
  const auto wrong = wrong_serial(report, 0);
  soft(actions, "serial " + address, wrong ? std::optional("udp " + address + " " + *wrong) : std::nullopt);
  soft(actions, "latency " + address,
       checks.udp.latency > settings_.latency_limit
           ? std::optional("udp " + address + " takes " + words_of(checks.udp.latency) +
                           " to answer, more than " + words_for(settings_.latency_limit))
           : std::nullopt);
}

std::optional<std::string> Keeper::wrong_serial(const ProbeReport& report, std::size_t zone) const {
  const Expected& expected = expected_[zone];
  if (!expected.serial || !report.serial || report.serial == expected.serial ||
      clock_.monotonic() < expected.since + serial_grace)
    return std::nullopt;
  // Doorsync is asked for one of these zones after the other: what it said may be older than what is served.
  if (zone != 0 && Serial(*report.serial) > Serial(*expected.serial)) return std::nullopt;
  return "serves serial " + std::to_string(*report.serial) + ", not " + std::to_string(*expected.serial);
}

void Keeper::judge_zone(KeeperActions& actions, const Probed& probed) {
  if (!probed.report.alive()) return;  // of that the other checks tell
  ++own_queries_;
  ++own_udp_;
  const std::string what =
      "zone " + settings_.zones[probed.zone - 1] + " at " + settings_.services[probed.service];
  auto wrong = wrong_serial(probed.report, probed.zone);
  if (probed.report.rcode != Rcode::noerror) wrong = "answers " + to_string(*probed.report.rcode);
  soft(actions, what, wrong ? std::optional(what + " " + *wrong) : std::nullopt);
}

}  // namespace doors
