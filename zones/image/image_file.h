#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "zones/base/error.h"
#include "zones/dns/name.h"
#include "zones/image/image.h"

namespace doors {

/// Where images lie in a directory, so that `doord` finds them without asking anybody:
///
///     DIR/<stem>.<epoch>-<seq>.img
///
/// stem = the zone's name in lower case without the last dot; octets other than [a-z0-9_-] as %XX, dots between
/// labels as they are; the root is "%root"; a stem over 180 characters is "%sha256-<hex of the wire name>".
[[nodiscard]] std::string image_stem(NameView origin);
[[nodiscard]] std::filesystem::path image_path(const std::filesystem::path& directory, NameView origin,
                                               std::uint32_t epoch, std::uint64_t seq);

/// One image file that was found; its name is believed only for the order.
struct ImageFile {
  std::filesystem::path path;
  std::uint32_t epoch = 0;
  std::uint64_t seq = 0;
};

/// All image files of a directory by stem, the highest version first. Other files are passed over. Error: the
/// directory cannot be read.
[[nodiscard]] Result<std::map<std::string, std::vector<ImageFile>>> scan_images(
    const std::filesystem::path& directory);

}  // namespace doors
