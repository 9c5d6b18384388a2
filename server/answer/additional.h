#pragma once

#include "server/answer/plan.h"
#include "zones/image/image.h"

namespace doors {

/// What goes along with a positive answer from `node`, as far as it fits: the zone's NS RRset in the
/// authority section, and the addresses of the names that the answer and that RRset point to (RFC 1034 §4.3.2
/// step 6).
void complete_positive(const ZoneImage& zone, const ImageRRset& answer, NodeView node,
                       AnswerPlan& plan) noexcept;

/// Writes the addresses that the plan asks for. `ipv6_first` says which kind goes first where there is not
/// room for both. False if glue that the client cannot do without did not fit: TC (RFC 9471 §3.1).
[[nodiscard]] bool write_addresses(const AnswerPlan& plan, bool ipv6_first, ResponseWriter& writer) noexcept;

}  // namespace doors
