#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "server/message/siphash.h"
#include "zones/base/octets.h"

namespace doors {

/// What the servers of a fleet share so that each of them knows the cookies of all (RFC 9018 §5).
using CookieSecret = SipHashKey;

/// A client cookie and the server cookie that belongs to it, as they are sent (RFC 9018 §4):
///
///     | client cookie 8 | version 1 | reserved 3 | timestamp 4 | hash 8 |
///
/// hash: SipHash-2-4 with the secret over all that is before it and the client's address.
using FullCookie = std::array<std::byte, 24>;

enum class CookieVerdict : std::uint8_t {
  none,         ///< no COOKIE option, or cookies are off
  client_only,  ///< no server cookie with it
  bad,          ///< a server cookie that is not ours, or not of this hour
  good,         ///< the client gets what is sent to its address
};

/// Judges a COOKIE option of right size, and makes the one to answer with: the same, if it is good and
/// younger than half an hour, else a fresh one.
///   address  the client's, 4 or 16 octets
///   secrets  one or two: the first makes cookies, each is accepted
///   now      seconds since 1970, modulo 2^32; a cookie is good for an hour, and 5 minutes before its time
/// RFC 7873 §5.2, RFC 9018 §4.
[[nodiscard]] CookieVerdict answer_cookie(Octets option, Octets address,
                                          std::span<const CookieSecret> secrets, std::uint32_t now,
                                          FullCookie& answer) noexcept;

}  // namespace doors
