#pragma once

#include <cstring>
#include <vector>

#include <xxhash.h>

#include "zones/image/pack.h"

namespace doors::test {

/// Makes the checksums of a pack's header and table right again; those of the images in it are mend()'s.
inline void mend_pack(std::vector<std::byte>& pack) {
  layout::PackHeader header;
  if (pack.size() < sizeof header) return;
  std::memcpy(&header, pack.data(), sizeof header);
  header.file_octets = pack.size();
  if (header.index_offset <= pack.size())
    header.index_checksum = XXH3_64bits(pack.data() + header.index_offset, pack.size() - header.index_offset);
  header.header_checksum = 0;
  header.header_checksum = XXH3_64bits(&header, sizeof header);
  std::memcpy(pack.data(), &header, sizeof header);
}

}  // namespace doors::test
