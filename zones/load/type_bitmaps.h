#pragma once

#include <cstddef>

#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/dns/types.h"

namespace doors {

/// The type bit maps of NSEC or NSEC3 RDATA that valid_rdata() has passed (RFC 4034 §4.1, RFC 5155 §3.2),
/// borrowed.
[[nodiscard]] inline Octets denial_bitmaps(RRType type, Octets rdata) noexcept {
  if (type == RRType::nsec) return rdata.subspan(NameView::trusted_at(rdata.data()).size());
  const std::size_t hash_at = 5 + std::to_integer<std::size_t>(rdata[4]);  // behind the salt
  return rdata.subspan(hash_at + 1 + std::to_integer<std::size_t>(rdata[hash_at]));
}

/// Calls `visit` with each type of bit maps that valid_rdata() has passed; they ascend.
template <class Visit>
void for_each_type(Octets bitmaps, Visit visit) {
  for (std::size_t at = 0; at + 2 <= bitmaps.size();) {
    const auto window = std::to_integer<unsigned>(bitmaps[at]);
    const auto size = std::to_integer<std::size_t>(bitmaps[at + 1]);
    for (std::size_t i = 0; i < size * 8; ++i) {
      const auto bit = static_cast<std::byte>(0x80u >> (i % 8));
      if ((bitmaps[at + 2 + i / 8] & bit) != std::byte{0})
        visit(RRType(static_cast<std::uint16_t>(window * 256 + i)));
    }
    at += 2 + size;
  }
}

}  // namespace doors
