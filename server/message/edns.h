#pragma once

#include <cstddef>
#include <cstdint>

#include "zones/base/octets.h"

namespace doors {

/// EDNS option codes (IANA "DNS EDNS0 Option Codes"): those we take or send.
enum class EdnsOption : std::uint16_t {
  nsid = 3,             ///< RFC 5001
  expire = 9,           ///< RFC 7314
  cookie = 10,          ///< RFC 7873
  tcp_keepalive = 11,   ///< RFC 7828
  extended_error = 15,  ///< RFC 8914
  report_channel = 18,  ///< RFC 9567
  zone_version = 19,    ///< RFC 9660
};

/// Why a response is not what was hoped for (RFC 8914 §4; IANA "Extended DNS Error Codes").
enum class ExtendedError : std::uint16_t {
  none = 0,  ///< on the wire "other", which says nothing and is not sent
  not_ready = 14,
  prohibited = 18,
  not_authoritative = 20,
  not_supported = 21,
  invalid_data = 24,
  invalid_query_type = 30,  ///< RFC 9824 §3.5
};

/// What a query's OPT record says (RFC 6891 §6.1). Borrows the query.
struct Edns {
  bool present = false;    ///< an OPT record was there, so the response has one too (RFC 6891 §6.1.1)
  bool dnssec_ok = false;  ///< DO (RFC 3225)
  bool wants_nsid = false;
  bool wants_expire = false;
  bool wants_keepalive = false;
  bool wants_zone_version = false;
  std::uint8_t version = 0;   ///< above 0: BADVERS
  std::uint16_t payload = 0;  ///< octets the client can take over UDP, as sent
  Octets cookie;              ///< client cookie, perhaps a server cookie behind it; empty: none came

  /// Takes the options from OPT's RDATA. False if one runs over the end or is ill-formed: FORMERR; the others
  /// count all the same. Options not known here are stepped over (RFC 6891 §6.1.2).
  bool read_options(Octets rdata) noexcept;
};

/// An OPT record without options: root owner, type, payload, extended rcode, version and flags, RDLENGTH.
inline constexpr std::size_t opt_octets = 11;
/// Before an option's data: code and length.
inline constexpr std::size_t option_header_octets = 4;

}  // namespace doors
