#pragma once

#include "server/answer/plan.h"
#include "zones/image/image.h"
#include "zones/image/zone_set.h"

namespace doors {

/// A referral: the NS RRset of the zone cut at or above the current name, the addresses of its servers, and
/// for DO its DS or the proof that there is none (RFC 1034 §4.3.2 step 3b, RFC 9471, RFC 4035 §3.1.4).
[[nodiscard]] Step refer(const ZoneImage& zone, NodeView cut, AnswerPlan& plan) noexcept;

/// The zone to answer `name` and `type` from: the one with the longest origin; for DS at a zone's apex the
/// one that is authoritative for the parent, if it is here (RFC 4035 §3.1.4.1). Null if there is none.
[[nodiscard]] const ZoneImage* zone_for(const ZoneSet& zones, const HashedName& name, RRType type) noexcept;

}  // namespace doors
