#pragma once

#include <cstdint>
#include <string>

#include "zones/content/content.h"

namespace doors::test {

/// How a zone is to be signed.
struct Signing {
  enum class Denial : std::uint8_t { none, nsec, nsec3, opt_out, both };
  Denial denial = Denial::nsec;
  std::uint16_t iterations = 0;
  std::string salt;          ///< octets
  bool leaves_gaps = false;  ///< every fifth RRset of data goes unsigned, as in the midst of a change
};

/// The zone as a signer leaves it (RFC 4035 §2, RFC 5155 §7.1): DNSKEY, RRSIG over all authoritative RRsets,
/// and the chain of NSEC or NSEC3, with opt-out without insecure delegations and the empty non-terminals
/// above only such (erratum 3441). With Denial::none no chain, with both one of
/// each, as in the midst of a change (RFC 5155 §10.4). Signatures are sham, since servers check none;
/// so it takes microseconds and always gives the same.
Content sign(const Content& zone, const Signing& signing);

/// Zone text, one record per line, owner names absolute.
std::string zone_text(const Content& zone);

}  // namespace doors::test
