#pragma once

#include "zones/dns/types.h"

namespace doors {

/// One field of RDATA: its form on the wire and its form in zone text. The value is its letter in
/// rdata_format().
enum class RdataField : char {
  name = 'n',               ///< domain name, uncompressed
  number8 = 'b',            ///< unsigned, 1 octet
  number16 = 'w',           ///< 2 octets
  number32 = 'l',           ///< 4 octets
  number64 = 'L',           ///< 8 octets
  seconds = 't',            ///< 4 octets; units allowed (1h30m)
  time = 'D',               ///< 4 octets; YYYYMMDDHHmmSS or seconds since 1970 (RFC 4034 §3.2)
  type = 'T',               ///< 2 octets; mnemonic or TYPEnnn
  algorithm = 'g',          ///< 1 octet; DNSSEC algorithm, number or mnemonic
  certificate_type = 'C',   ///< 2 octets; number or mnemonic (RFC 4398 §2.1)
  dsync_scheme = 'Y',       ///< 1 octet; number or mnemonic (RFC 9859 §2.1)
  ipv4 = 'a',               ///< 4 octets
  ipv6 = 'A',               ///< 16 octets
  groups_of_hex = 'i',      ///< 8 octets as four groups (RFC 6742 §2.1.1)
  eui48 = 'e',              ///< 6 octets with hyphens (RFC 7043 §3.2)
  eui64 = 'E',              ///< 8 octets with hyphens
  string = 's',             ///< character-string (RFC 1035 §3.3)
  optional_string = 'O',    ///< one more, or nothing
  strings = 'S',            ///< one or more, to the end
  psdn_address = 'p',       ///< character-string of 4 digits or more (RFC 1183 §3.1)
  tag = 'c',                ///< character-string of letters and digits, not empty (RFC 8659 §4.1)
  text = 'q',               ///< to the end, without a length
  some_text = 'Q',          ///< the same, not empty
  hex = 'x',                ///< to the end, not empty
  ds_digest = 'd',          ///< the same, as long as the digest type before it says
  sshfp_fingerprint = 'f',  ///< the same, as long as the fingerprint type before it says (RFC 4255 §3.1.2)
  zonemd_digest = 'z',      ///< the same, as long as the hash algorithm before it says (RFC 8976 §2.2.4)
  salt = 'X',               ///< hex with a length octet, "-" for none (RFC 5155 §3.3)
  hash = 'h',               ///< base 32 with a length octet; 20 octets if SHA-1 (RFC 5155 §3.3)
  base64 = 'B',             ///< to the end, not empty
  optional_base64 = 'Z',    ///< to the end
  dashed_base64 = '-',      ///< to the end, "-" for nothing
  key = 'K',                ///< base 64 to the end; nothing if the flags of KEY say so (RFC 2535 §3.1.2)
  type_bitmaps = 'M',       ///< windows of types, to the end (RFC 4034 §4.1.2)
  nxt_bitmap = 'N',         ///< types up to 127, to the end (RFC 2535 §5.2)
  svc_params = 'v',         ///< to the end (RFC 9460 §2)
  location = 'G',           ///< all of LOC (RFC 1876)
  nsap_address = 'P',       ///< all of NSAP (RFC 1706 §5)
  atm_address = 'm',        ///< all of ATMA (ATM Forum af-saa-0069)
  services = 'W',           ///< protocol and ports of WKS (RFC 1035 §3.4.2)
  a6 = '6',                 ///< all of A6 (RFC 2874 §3.1)
  ipseckey = 'k',           ///< all of IPSECKEY (RFC 4025 §2)
  host_identity = 'H',      ///< all of HIP (RFC 8005 §5)
  amt_relay = 'r',          ///< all of AMTRELAY (RFC 8777 §4)
};

/// The fields of a type in their order, one letter each: what checks RDATA, what reads zone text and what
/// writes it walk the same row. Null: no row, and any octets will do (RFC 3597 §3).
[[nodiscard]] const char* rdata_format(RRType type) noexcept;

}  // namespace doors
