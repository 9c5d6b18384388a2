#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "zones/base/octets.h"
#include "zones/dns/name.h"

namespace doors {

inline constexpr std::size_t nsec3_hash_octets = 20;
using Nsec3Hash = std::array<std::byte, nsec3_hash_octets>;

/// The hashed owner name of RFC 5155 §5 with algorithm 1, the only one there is: SHA-1 over the name in lower
/// case and the salt, then `iterations` more times over the hash and the salt. Never allocates: `iterations`
/// times 0.2 µs and as much once, for the query path too. Salt 0..255 octets. Any thread.
[[nodiscard]] Nsec3Hash nsec3_hash(NameView name, std::uint16_t iterations, Octets salt) noexcept;

}  // namespace doors
