#pragma once

#include "server/answer/plan.h"
#include "zones/image/image.h"

namespace doors {

/// Whether the zone is signed: only then it gives DS and denial. (A zone signed in part is told by its SOA.)
[[nodiscard]] bool is_signed(const ZoneImage& zone) noexcept;

/// NXDOMAIN: the current name does not exist and no wildcard gives it. SOA, and for DO what proves it (RFC
/// 2308 §2.1, RFC 4035 §3.1.3.2, RFC 5155 §7.2.2).
void deny_name(const ZoneImage& zone, const Lookup& found, AnswerPlan& plan) noexcept;

/// NODATA: what was found, the name itself or a wildcard, has no RRset of that type. SOA, and for DO what
/// proves it (RFC 2308 §2.2, RFC 4035 §3.1.3.1 and §3.1.3.4, RFC 5155 §7.2.3 to §7.2.5).
void deny_type(const ZoneImage& zone, const Lookup& found, AnswerPlan& plan) noexcept;

/// For DO, at whatever a wildcard gave: that nothing closer to the current name exists (RFC 4035 §3.1.3.3,
/// RFC 5155 §7.2.6).
void prove_nothing_closer(const ZoneImage& zone, const Lookup& found, AnswerPlan& plan) noexcept;

/// For DO, in a referral: that the zone cut, an ancestor of the current name, has no DS (RFC 4035 §3.1.4, RFC
/// 5155 §7.2.7).
void prove_no_ds(const ZoneImage& zone, NodeView cut, AnswerPlan& plan) noexcept;

}  // namespace doors
