#pragma once

#include "server/answer/plan.h"
#include "zones/image/image.h"

namespace doors {

/// The current name, or the wildcard that gives it, is an alias: the CNAME goes into the answer, and its
/// target is the next name (RFC 1034 §4.3.2 step 3a).
[[nodiscard]] Step follow_cname(const ImageRRset& cname, AnswerPlan& plan) noexcept;

/// The current name is below `owner`, which has a DNAME: it and a CNAME made from it go into the answer, and
/// its target is the next name; YXDOMAIN if that would be over 255 octets (RFC 6672 §3.2).
[[nodiscard]] Step follow_dname(NodeView owner, AnswerPlan& plan) noexcept;

}  // namespace doors
