#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "zones/base/octets.h"

namespace doors {

inline constexpr std::size_t siphash_key_octets = 16;
using SipHashKey = std::array<std::byte, siphash_key_octets>;

/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash that nobody without the key can forge, fast for
/// short input. The eight octets of the result lie in the number little-endian.
[[nodiscard]] std::uint64_t siphash24(const SipHashKey& key, Octets data) noexcept;

}  // namespace doors
