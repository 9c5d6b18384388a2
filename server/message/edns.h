#pragma once

#include <cstddef>
#include <cstdint>

#include "zones/base/octets.h"
#include "zones/dns/types.h"

namespace doors {

/// EDNS option codes (IANA "DNS EDNS0 Option Codes").
enum class EdnsOption : std::uint16_t { nsid = 3, cookie = 10 };

/// What a query's OPT record says (RFC 6891 §6.1). Borrows the query.
struct Edns {
  bool present = false;       ///< an OPT record was there, so the response has one too (RFC 6891 §6.1.1)
  bool dnssec_ok = false;     ///< DO (RFC 3225)
  bool wants_nsid = false;    ///< an NSID option was there (RFC 5001 §2.1)
  std::uint8_t version = 0;   ///< above 0: BADVERS
  std::uint16_t payload = 0;  ///< octets the client can take over UDP, as sent

  /// Takes the options from OPT's RDATA. False if one runs over the end: FORMERR. Options met before that
  /// count.
  bool read_options(Octets rdata) noexcept;
};

/// An OPT record as we send it: root owner, type, payload, extended rcode, version and flags, RDLENGTH.
inline constexpr std::size_t opt_octets = 11;
/// Before an option's data: code and length.
inline constexpr std::size_t option_header_octets = 4;

/// Our OPT record. Flags other than DO and options nobody defined here are never echoed (RFC 6891 §6.1.3,
/// §6.1.4).
struct EdnsReply {
  std::uint16_t payload = 1232;  ///< octets we take over UDP
  bool dnssec_ok = false;        ///< copied from the query (RFC 3225 §3)
  Octets nsid;                   ///< empty: no NSID option

  [[nodiscard]] std::size_t octets() const noexcept {
    return opt_octets + (nsid.empty() ? 0 : option_header_octets + nsid.size());
  }
  /// Writes octets() octets to `at`, where the caller has room for them.
  void write(std::byte* at, Rcode rcode) const noexcept;
};

}  // namespace doors
