#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "zones/base/octets.h"
#include "zones/dns/tsig.h"
#include "zones/dns/types.h"
#include "zones/tsig/hmac.h"
#include "zones/tsig/key.h"

namespace doors {

/// Signs the response to one signed request, message after message (RFC 8945 §5.3): each MAC covers the one
/// before, the first one the request's.
///
///     request's MAC ──► message 1 + record's fields ──► MAC 1 ──► message 2 + time ──► MAC 2 ──► …
///
/// Every message is signed, so that none is taken on trust until the next signature comes. One thread.
class TsigSigner {
 public:
  /// `key` outlives the signer; of `request` nothing is kept but copies.
  TsigSigner(const TsigKey& key, const TsigRecord& request) noexcept;

  /// Octets that sign() adds at most.
  [[nodiscard]] std::size_t octets() const noexcept;
  /// Appends the record to the message in the first `size` octets of `buffer`, which has room for octets()
  /// more, and counts it in the header. `error` NOERROR, BADTIME or BADTRUNC; `now` is tsig_time().
  /// Gives the new size; 0 if it could not be signed.
  [[nodiscard]] std::size_t sign(MutableOctets buffer, std::size_t size, std::uint64_t now,
                                 Rcode error = Rcode::noerror) noexcept;

 private:
  const TsigKey* key_;
  Name name_;
  Name algorithm_;
  std::uint64_t request_time_;
  Mac previous_;  // the request's, then of the message signed last
  bool first_ = true;
};

/// Appends a record without a MAC: BADKEY and BADSIG (RFC 8945 §5.3.2). `buffer` has room for it. Gives the
/// new size.
[[nodiscard]] std::size_t append_unsigned_tsig(MutableOctets buffer, std::size_t size,
                                               const TsigRecord& request, Rcode error) noexcept;
/// Octets that it adds.
[[nodiscard]] std::size_t unsigned_tsig_octets(const TsigRecord& request) noexcept;

}  // namespace doors
