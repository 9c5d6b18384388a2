#pragma once

#include <vector>

#include "zones/content/content.h"
#include "zones/load/line_index.h"
#include "zones/load/problem.h"

namespace doors {

/// Checks whether a content makes a zone that can be served as it was meant; one pass. `lines` (may be null)
/// gives each problem its place. At most 20 errors and 100 warnings, each kind with a last line that counts
/// the rest. All of gate `syntax`. Any thread.
///
///   error    no NS at the apex · CNAME beside other data (RFC 1034 §3.6.2, RFC 4034 §3 and §4), several
///   CNAMEs or
///            DNAMEs (RFC 6672 §2.4) · data below a DNAME, DNAME beside NS below the apex (RFC 6672 §2.3,
///            §2.4) · over 50 NSEC3 iterations (RFC 9276 §3.2)
///   warning  a name server without address in the zone, missing glue · NS, MX or SRV that leads to an alias
///            (RFC 2181 §10.3) · data hidden by a delegation · DS without NS, DS at the apex · RRSIG with
///            another TTL than its RRset
[[nodiscard]] std::vector<Problem> check_zone(const Content& content, const LineIndex* lines);

}  // namespace doors
