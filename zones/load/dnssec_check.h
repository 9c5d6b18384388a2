#pragma once

#include <vector>

#include "zones/base/clock.h"
#include "zones/content/content.h"
#include "zones/load/problem.h"

namespace doors {

/// Checks what a signed zone (one with a DNSKEY or RRSIGs) and a ZONEMD claim; an unsigned zone without
/// ZONEMD has no problems. At most one error per gate and cause, which names the first owner and counts the
/// others:
///
///   zonemd      the apex ZONEMD does not match, or not the SOA's serial (RFC 8976 §4); absent is fine
///   signatures  an authoritative RRset without an RRSIG that an apex DNSKEY verifies (RFC 4035 §2.2, §5.3);
///   an NSEC
///               or NSEC3 chain that is not closed, lacks a name or lies about types (RFC 4035 §2.3, RFC 5155
///               §7.1)
///   expired     an RRset whose good signatures are all over, or not begun, at `now` (RFC 4034 §3.1.5)
///
/// Algorithms: RSA (5, 7, 8, 10), ECDSA (13, 14), EdDSA (15, 16); a set signed only by others is a warning.
/// Takes about 30 µs per RSA signature. Any thread.
[[nodiscard]] std::vector<Problem> check_dnssec(const Content& content, WallTime now);

}  // namespace doors
