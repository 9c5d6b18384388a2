#pragma once

#include "server/answer/plan.h"
#include "zones/image/image.h"

namespace doors {

/// What goes along with an SVCB or HTTPS RRset, as far as it fits: for each target in this zone its addresses
/// and its own RRset of that type, so that whoever follows aliases need not ask again (RFC 9460 §4.1).
///   owner, node  the RRset's owner name, and the node it is from (the source of synthesis of a wildcard)
void complete_service(const ZoneImage& zone, const ImageRRset& answer, Owner owner, NodeView node,
                      AnswerPlan& plan) noexcept;

}  // namespace doors
