#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/ctl/settings.h"
#include "zones/content/diff.h"
#include "zones/dns/serial.h"
#include "zones/load/problem.h"

namespace doors::ctl {

/// What a push knows of one zone before it decides.
struct PushFacts {
  struct Served {  ///< the newest version the store holds
    Serial serial{0};
    std::uint64_t records = 0;
    bool same_content = false;  ///< its digest equals the new content's
  };
  std::optional<Served> served;   ///< nothing: a new zone
  Serial serial{0};               ///< of the new content
  std::uint64_t records = 0;      ///< of the new content
  std::vector<Problem> problems;  ///< of checks over the new content
};

enum class Verdict : std::uint8_t { unchanged, publish, refuse };

/// What was decided of one zone, and why.
struct PushDecision {
  struct Finding {
    enum class Weight : std::uint8_t { warning, forced, refusal };
    Weight weight = Weight::warning;
    Gate gate = Gate::syntax;
    std::string message;  ///< "FILE:LINE: OWNER: …" for a record, else plain words
  };
  Verdict verdict = Verdict::publish;
  std::vector<Finding> findings;
};

/// Gates named by --force.
using ForcedGates = std::set<Gate>;
/// "shrink,serial". Error: an unknown gate, or `syntax`, which cannot be forced.
[[nodiscard]] Outcome<ForcedGates> parse_forced(const std::vector<std::string>& names);

/// The gates, "shrink,serial", that doorsync's own look at the push is not to refuse by: those forced, and
/// those that this operator's config does not refuse by (or by another percentage).
[[nodiscard]] std::string overridden_gates(const GateModes& modes, const ForcedGates& forced);

/// Decides whether a zone may be published. Content equal to what is served is `unchanged`, whatever its
/// gates say. The gates:
///   shrink  fewer records than served, by more than modes.shrink_percent
///   growth  more records than modes.max_records, or than served times modes.growth_factor and 100,000 more
///   serial  not higher than the one served (RFC 1982): secondaries would not follow
///   others  by `problems`; those that are no errors only warn
/// A gate of mode `off` is not looked at, of mode `warn` or named in `forced` does not refuse. Pure.
[[nodiscard]] PushDecision decide(const PushFacts& facts, const GateModes& modes, const ForcedGates& forced);

}  // namespace doors::ctl
