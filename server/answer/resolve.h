#pragma once

#include "server/answer/plan.h"
#include "zones/image/image.h"

namespace doors {

/// Decides what one name, the plan's current one, adds to the response; `zone` is the one it is in, and
/// `found` what it is there. The caller goes on with the next name while the step is `follow`. RFC 1034
/// §4.3.2 step 3.
[[nodiscard]] Step resolve(const ZoneImage& zone, const Lookup& found, AnswerPlan& plan) noexcept;

}  // namespace doors
