#include "sync/ctl/push_plan.h"

#include <algorithm>

#include "sync/ctl/terminal.h"

namespace doors::ctl {
namespace {

/// So many records more are no mistake that hurts.
constexpr std::uint64_t unquestioned_growth = 100'000;

GateMode mode_of(Gate gate, const GateModes& modes) noexcept {
  switch (gate) {
    case Gate::syntax:
      return GateMode::refuse;
    case Gate::zonemd:
      return modes.zonemd;
    case Gate::signatures:
      return modes.signatures;
    case Gate::expired:
      return modes.expired;
    case Gate::shrink:
      return modes.shrink;
    case Gate::growth:
      return modes.growth;
    case Gate::serial:
      return modes.serial;
    case Gate::rollout:
      return GateMode::refuse;  // doorsync looks at it, when the push comes
  }
  return GateMode::refuse;
}

}  // namespace

Outcome<ForcedGates> parse_forced(const std::vector<std::string>& names) {
  ForcedGates forced;
  for (const std::string& name : names) {
    const std::optional<Gate> gate = parse_gate(name);
    if (!gate) {
      return refused("--force: no gate is called \"" + name +
                     "\"; there are zonemd, signatures, expired, shrink, growth, serial and rollout");
    }
    if (*gate == Gate::syntax) return refused("--force: the gate syntax cannot be forced");
    forced.insert(*gate);
  }
  return forced;
}

std::string overridden_gates(const GateModes& modes, const ForcedGates& forced) {
  std::string names;
  constexpr GateModes usual;
  const bool more = modes.growth_factor > usual.growth_factor || modes.max_records > usual.max_records;
  for (const Gate gate : {Gate::zonemd, Gate::signatures, Gate::expired, Gate::shrink, Gate::growth,
                          Gate::serial, Gate::rollout}) {
    const bool milder = mode_of(gate, modes) != GateMode::refuse ||
                        (gate == Gate::shrink && modes.shrink_percent > usual.shrink_percent) ||
                        (gate == Gate::growth && more);
    if (!milder && !forced.contains(gate)) continue;
    if (!names.empty()) names += ',';
    names += to_string(gate);
  }
  return names;
}

PushDecision decide(const PushFacts& facts, const GateModes& modes, const ForcedGates& forced) {
  using Weight = PushDecision::Finding::Weight;
  PushDecision decision;
  if (facts.served && facts.served->same_content) {
    decision.verdict = Verdict::unchanged;
    return decision;
  }
  const auto found = [&](Gate gate, bool error, std::string message) {
    const GateMode mode = mode_of(gate, modes);
    if (mode == GateMode::off) return;
    Weight weight = Weight::warning;
    if (error && mode == GateMode::refuse) weight = forced.contains(gate) ? Weight::forced : Weight::refusal;
    decision.findings.push_back({weight, gate, std::move(message)});
  };
  for (const Problem& problem : facts.problems) found(problem.gate, problem.error, problem.to_string());
  if (facts.records > modes.max_records) {
    found(Gate::growth, true,
          "the zone has " + counted(facts.records, "record") + ", over " + with_commas(modes.max_records));
  }
  if (facts.served) {
    const std::uint64_t before = facts.served->records;
    if (facts.records > before * modes.growth_factor && facts.records - before > unquestioned_growth) {
      found(Gate::growth, true,
            "the zone grows from " + counted(before, "record") + " to " + with_commas(facts.records) +
                ", over " + std::to_string(modes.growth_factor) + " times as many");
    }
    if (facts.records < before && (before - facts.records) * 100 > before * modes.shrink_percent) {
      found(Gate::shrink, true,
            "the zone shrinks from " + counted(before, "record") + " to " + with_commas(facts.records) +
                ", by over " + std::to_string(modes.shrink_percent) + " %");
    }
    if (!(facts.serial > facts.served->serial)) {
      found(Gate::serial, true,
            "serial " + std::to_string(facts.serial.raw()) + " is not higher than the " +
                std::to_string(facts.served->serial.raw()) + " that is served: secondaries would not follow");
    }
  }
  const bool refuses = std::any_of(decision.findings.begin(), decision.findings.end(),
                                   [](const auto& finding) { return finding.weight == Weight::refusal; });
  if (refuses) decision.verdict = Verdict::refuse;
  return decision;
}

}  // namespace doors::ctl
