#include "sync/xfr/gates.h"

#include <iterator>
#include <utility>

#include "zones/load/dnssec_check.h"
#include "zones/load/zone_check.h"

namespace doors::xfr {

namespace {

constexpr std::size_t most_warnings = 5;

GateMode mode_of(Gate gate, const Gates& gates) noexcept {
  switch (gate) {
    case Gate::syntax:
      return gates.syntax;
    case Gate::zonemd:
      return gates.zonemd;
    case Gate::signatures:
      return gates.signatures;
    case Gate::expired:
      return gates.expired;
    case Gate::shrink:
    case Gate::growth:
    case Gate::serial:
    case Gate::rollout:
      break;  // the publisher's (sync/pop/publisher.h)
  }
  return GateMode::off;
}

std::vector<Problem> look(const Content& content, const Gates& gates, WallTime now) {
  std::vector<Problem> problems;
  if (gates.syntax != GateMode::off) problems = check_zone(content, nullptr);
  if (gates.signatures != GateMode::off || gates.expired != GateMode::off) {
    DnssecReport report = check_dnssec(content, now);
    std::move(report.problems.begin(), report.problems.end(), std::back_inserter(problems));
  } else if (gates.zonemd != GateMode::off) {
    check_zonemd(content, problems);
  }
  return problems;
}

}  // namespace

GateVerdict judge(const Content& content, const Gates& gates, WallTime now) {
  GateVerdict verdict;
  for (const Problem& problem : look(content, gates, now)) {
    const GateMode mode = mode_of(problem.gate, gates);
    if (mode == GateMode::off || !problem.error) continue;
    std::string text = std::string(to_string(problem.gate)) + ": " + problem.to_string();
    if (mode == GateMode::refuse) {
      if (verdict.refusal.empty()) verdict.refusal = std::move(text);
    } else if (verdict.warnings.size() < most_warnings) {
      verdict.warnings.push_back(std::move(text));
    }
  }
  return verdict;
}

}  // namespace doors::xfr
