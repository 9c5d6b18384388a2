#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include <xxhash.h>

#include "zones/image/layout.h"

namespace doors::test {

/// Makes every checksum right again, as somebody would who means harm.
inline void mend(std::vector<std::byte>& image) {
  if (image.size() < sizeof(layout::Header)) return;
  layout::Header header;
  std::memcpy(&header, image.data(), sizeof header);
  header.file_octets = image.size();
  if (header.page_table_offset <= image.size() && header.header_octets <= header.page_table_offset) {
    std::byte* table = image.data() + header.page_table_offset;
    for (std::uint64_t page = 0; page * layout::page_octets < header.page_table_offset; ++page) {
      const std::uint64_t from = page == 0 ? header.header_octets : page * layout::page_octets;
      const std::uint64_t end =
          std::min<std::uint64_t>((page + 1) * layout::page_octets, header.page_table_offset);
      if (table + 8 > image.data() + image.size() || from > end) break;
      layout::store(table, std::uint64_t{XXH3_64bits(image.data() + from, end - from)});
      table += 8;
    }
    header.page_table_checksum =
        XXH3_64bits(image.data() + header.page_table_offset, image.size() - header.page_table_offset);
  }
  header.header_checksum = 0;
  std::memcpy(image.data(), &header, sizeof header);
  header.header_checksum =
      XXH3_64bits(image.data(), std::min<std::size_t>(header.header_octets, image.size()));
  std::memcpy(image.data(), &header, sizeof header);
}

}  // namespace doors::test
