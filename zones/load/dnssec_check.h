#pragma once

#include <optional>
#include <vector>

#include "zones/base/clock.h"
#include "zones/content/content.h"
#include "zones/load/problem.h"

namespace doors {

struct DnssecReport {
  std::vector<Problem> problems;
  /// Until when every RRset that has to be signed is; nothing if the zone is not signed, or not now.
  std::optional<WallTime> signed_until;
};

/// Checks what a signed zone, its CDS and CDNSKEY, and a ZONEMD claim. A zone is signed if it has DNSKEY and
/// RRSIG records, or its SOA is signed; RRSIGs or a DNSKEY in another are a warning, since nobody will look
/// at them. At most one error per gate and cause, which names the first owner and counts the others:
///
///   zonemd      the apex ZONEMD does not match, or not the SOA's serial (RFC 8976 §4); absent is fine
///   signatures  an authoritative RRset without an RRSIG that an apex DNSKEY verifies (RFC 4035 §2.2, §5.3);
///   an NSEC
///               or NSEC3 chain that is not closed, lacks a name or lies about types (RFC 4035 §2.3, RFC 5155
///               §7.1)
///               CDS and CDNSKEY that stand for no key (check_child_keys)
///   expired     an RRset whose good signatures are all over, or not begun, at `now` (RFC 4034 §3.1.5); a
///   warning if
///               that will be so within two days
///
/// Algorithms: RSA (5, 7, 8, 10), ECDSA (13, 14), EdDSA (15, 16); a set signed only by others is a warning.
/// Takes about 30 µs per RSA signature. Any thread.
[[nodiscard]] DnssecReport check_dnssec(const Content& content, WallTime now);

/// The gate `zonemd` alone, which check_dnssec() looks at, too: RFC 8976 §4, from step 4 on.
void check_zonemd(const Content& content, std::vector<Problem>& problems);

}  // namespace doors
