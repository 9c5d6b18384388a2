#pragma once

#include <cstddef>
#include <cstdint>

#include "zones/base/clock.h"
#include "zones/base/octets.h"
#include "zones/dns/tsig.h"
#include "zones/dns/types.h"
#include "zones/tsig/hmac.h"
#include "zones/tsig/key.h"

namespace doors {

/// What the signature under a request is worth.
struct TsigVerdict {
  Rcode rcode =
      Rcode::noerror;  ///< NOERROR: it is `key`'s. FORMERR: no record is sent back. Else NOTAUTH, and
  Rcode error = Rcode::noerror;  ///< BADKEY, BADSIG: sent back unsigned. BADTIME, BADTRUNC: signed with `key`
  const TsigKey* key = nullptr;  ///< borrowed from the keys
};

/// Checks a request's signature (RFC 8945 §5.2), in the order given there: key, MAC, time, truncation.
///   message  as received, ending with the record
///   offset   where the record starts
///   record   read from there
///   now      tsig_time()
[[nodiscard]] TsigVerdict verify_request(Octets message, std::size_t offset, const TsigRecord& record,
                                         const TsigKeys& keys, std::uint64_t now) noexcept;

/// The time as TSIG tells it: seconds since 1970.
[[nodiscard]] std::uint64_t tsig_time(WallTime now) noexcept;

/// A message as its sender signed it: with its own ID, and without the record, which starts at `offset`.
void add_tsig_message(Hmac& hmac, Octets message, std::size_t offset, const TsigRecord& record) noexcept;
/// RFC 8945 §5.2.2.1: fewer octets of a MAC are never enough.
[[nodiscard]] std::size_t least_mac_octets(TsigAlgorithm algorithm) noexcept;
/// Whether the record's time is within its fudge (RFC 8945 §5.2.3).
[[nodiscard]] bool in_time(const TsigRecord& record, std::uint64_t now) noexcept;

/// What a MAC covers besides messages: the record's own fields (RFC 8945 §4.3.3), or after the first message
/// of several its time alone (§5.3.1).
void add_tsig_variables(Hmac& hmac, const TsigRecord& record) noexcept;
void add_tsig_timers(Hmac& hmac, const TsigRecord& record) noexcept;

}  // namespace doors
