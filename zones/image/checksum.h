#pragma once

#include <cstdint>
#include <vector>

#include "zones/base/octets.h"

namespace doors {

/// XXH3-64: finds rot and torn writes, authenticates nothing. Any thread.
[[nodiscard]] std::uint64_t checksum(Octets octets) noexcept;

/// One checksum per layout::page_octets of `octets`, the last page perhaps short.
[[nodiscard]] std::vector<std::uint64_t> page_checksums(Octets octets);

}  // namespace doors
