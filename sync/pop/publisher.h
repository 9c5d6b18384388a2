#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sync/fleet/plan.h"
#include "sync/pop/archive.h"
#include "sync/pop/fresh_content.h"
#include "sync/trust/bundle.h"
#include "sync/trust/policy.h"
#include "zones/base/error.h"

namespace doors {

/// What became of one version of a push.
struct ZoneVerdict {
  Name zone;
  VersionNumber number;
  Serial serial{0};
  VersionKind kind = VersionKind::push;
  std::string reason;  ///< why it was refused; empty: accepted
  std::string gate;    ///< "serial", "shrink", "growth" or "rollout" when a gate refused it
  [[nodiscard]] bool accepted() const noexcept { return reason.empty(); }
};

/// What became of a push: all of it or nothing.
struct PublishReport {
  std::vector<ZoneVerdict> zones;
  std::optional<std::uint64_t> revision;  ///< of the store, once all is durable
  std::string reason;                     ///< why nothing was published
};

/// The names of gates in "shrink,serial"; unknown ones are an error.
[[nodiscard]] Result<std::set<std::string, std::less<>>> parse_forced_gates(std::string_view text);

/// Why a gate refuses `version` after `head` (nothing: the zone's first, or it was deleted); empty if none
/// does. The second line behind doorctl's own gates: `serial` must be newer (RFC 1982), and `records` not a
/// fifth fewer, nor ten times and 100,000 more, nor over 50 million. A rollback may shrink or grow, and one
/// of a signed zone keeps its old serial.
struct GateRefusal {
  std::string gate;
  std::string reason;
};
[[nodiscard]] std::optional<GateRefusal> refused_by_gate(const std::optional<Version>& head,
                                                         const Version& version, bool zone_is_signed,
                                                         const std::set<std::string, std::less<>>& forced);

/// Takes one push into the archive: parse, prove, chain, gates, content; then blobs; then one transaction for
/// all of its zones (of a distant store perhaps several, archive.h). When it gives a revision, everything is
/// durable; else nothing has changed, unless the reason says so. A push that is there already, or in part
/// (its publisher lost our first reply, or we the store), is accepted again, and what is missing added.
/// Blocks for as long as hashing and syncing takes. `bundle` must not change meanwhile. `fresh` (may be null)
/// is offered what was unpacked. A `rollout` begins with it (staging.h).
[[nodiscard]] PublishReport publish(Archive& archive, const Policy& policy, Octets bundle,
                                    const std::set<std::string, std::less<>>& forced,
                                    FreshContent* fresh = nullptr,
                                    const std::optional<Rollout>& rollout = std::nullopt);

}  // namespace doors
