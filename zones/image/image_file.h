#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "zones/base/error.h"
#include "zones/dns/name.h"

namespace doors {

/// Image files in a directory: DIR/STEM.EPOCH-SEQ.img, both numbers in decimal. The stem tells the zone: its
/// name in lower case without the last dot, any octet of a label outside [a-z0-9_-] as %XX (so a dot inside a
/// label is %2E);
/// "%root" for the root; "%sha256-HEX" of the wire form where that would be over 180 octets. Different zones
/// have different stems.
[[nodiscard]] std::string image_stem(NameView origin);
[[nodiscard]] std::filesystem::path image_path(const std::filesystem::path& directory, NameView origin,
                                               std::uint32_t epoch, std::uint64_t seq);

struct ImageFile {
  std::filesystem::path path;
  std::uint32_t epoch = 0;
  std::uint64_t seq = 0;
};

/// The image files of a directory by stem, each zone's by descending version; other files are passed over,
/// and no file is opened. Error: the directory cannot be read.
[[nodiscard]] Result<std::map<std::string, std::vector<ImageFile>>> scan_images(
    const std::filesystem::path& directory);

}  // namespace doors
