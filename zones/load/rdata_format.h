#pragma once

#include "zones/dns/types.h"

namespace doors {

/// The presentation form of a type's RDATA as a row of fields, one letter each; the readers of zone text and
/// the writers of presentation form walk the same row. Null: no row; ldns knows some of these, else only `\#`
/// is left.
///
///     n  domain name                        a  IPv4 address          i  64 bits as four groups of hex (RFC
///     6742) b  8-bit number                       A  IPv6 address          e  EUI-48, E  EUI-64 (RFC 7043)
///     w  16-bit number                      s  character-string      x  hex, to the end
///     l  32-bit number                      S  one or more of them   B  base 64, to the end
///     t  seconds, units allowed (1h30m)     q  string to the end     X  hex with a length octet, "-" for
///     none g  algorithm, number or mnemonic      c  CAA tag               h  base 32 with a length octet T
///     type mnemonic                      D  time of RRSIG         M  type bit maps, to the end v  SvcParams
///     (RFC 9460 §2.1)          r  AMT relay (RFC 8777)  Y  DSYNC scheme (RFC 9859) C  certificate type (RFC
///     4398)        k  IPSECKEY (RFC 4025)   H  HIP (RFC 8005) W  WKS (RFC 1035 §3.4.2)
[[nodiscard]] const char* rdata_format(RRType type) noexcept;

}  // namespace doors
