#pragma once

#include <vector>

#include "zones/content/content.h"
#include "zones/load/problem.h"

namespace doors {

/// Checks that a signed zone can deny what it does not have, by what stands at its apex: an NSEC chain (RFC
/// 4035 §2.3) or, with NSEC3PARAM, an NSEC3 chain (RFC 5155 §7.1) that is closed, has every name that must be
/// in it and lists just the types that are there (RRSIG aside: that is the signatures' own check). Problems
/// are of gate `signatures`, one for each cause, naming the first owner and counting the others. Any thread.
[[nodiscard]] std::vector<Problem> check_denial(const Content& content);

}  // namespace doors
