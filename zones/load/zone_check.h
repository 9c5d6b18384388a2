#pragma once

#include <vector>

#include "zones/content/content.h"
#include "zones/load/line_index.h"
#include "zones/load/problem.h"

namespace doors {

/// Checks whether a content makes a zone that can be served as it was meant; one pass, in pieces that `run`
/// may do at once. `lines` (may be null) gives each problem its place. Bounded as CheckNotes is. Any thread.
///
/// Errors, for what cannot be served rightly:
///   - no NS at the apex
///   - CNAME beside other data (RFC 1034 §3.6.2, RFC 4034 §3 and §4), several CNAMEs or DNAMEs (RFC 6672
///   §2.4)
///   - data below a DNAME (RFC 6672 §2.4)
///   - over 50 NSEC3 iterations (RFC 9276 §3.2)
///   - a record that fits no message
///
/// Warnings, for what is unwise:
///   - what TargetCheck finds
///   - data hidden by a delegation; DS without NS, DS at the apex
///   - NS or DNAME at a wildcard (RFC 4592 §4.2, §4.4)
///   - records below the apex that count there only: DNSKEY, NSEC3PARAM, CDS, CDNSKEY, CSYNC, ZONEMD
///   - RRSIG over an RRset that is not there, or with another TTL than it has (RFC 4034 §3)
///   - NSEC or NSEC3 with another TTL than negative answers have (RFC 9077 §3)
///   - NSEC3 iterations at all (RFC 9276 §3.1); NSEC3PARAM of an unknown hash algorithm
///   - NSEC without a type, NSEC and NSEC3 that list types of questions and messages (RFC 4034 §4.1.2)
///   - an RRset that fits no message
[[nodiscard]] std::vector<Problem> check_zone(const Content& content, const LineIndex* lines,
                                              const RunPieces& run = run_in_turn);

}  // namespace doors
