#pragma once

#include <cstddef>

namespace doors {

/// The header before every DNS message (RFC 1035 §4.1.1), and where in it the additional records are counted.
inline constexpr std::size_t header_octets = 12;
inline constexpr std::size_t arcount_offset = 10;

}  // namespace doors
