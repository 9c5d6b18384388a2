#include "zones/image/checksum.h"

#include <algorithm>

#include <xxhash.h>

#include "zones/image/layout.h"

namespace doors {

std::uint64_t checksum(Octets octets) noexcept { return XXH3_64bits(octets.data(), octets.size()); }

std::vector<std::uint64_t> page_checksums(Octets octets) {
  std::vector<std::uint64_t> sums;
  sums.reserve(octets.size() / layout::page_octets + 1);
  for (std::size_t at = 0; at < octets.size(); at += layout::page_octets) {
    sums.push_back(checksum(octets.subspan(at, std::min(layout::page_octets, octets.size() - at))));
  }
  return sums;
}

}  // namespace doors
