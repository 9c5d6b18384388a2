#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "zones/base/error.h"
#include "zones/dns/name.h"
#include "zones/image/image.h"

namespace doors {

/// Image files in a directory: DIR/STEM.EPOCH-SEQ.img, both numbers in decimal. The stem tells the zone: its
/// name in lower case without the last dot, any octet of a label outside [a-z0-9_-] as %XX (so a dot inside a
/// label is %2E);
/// "%root" for the root; "%sha256-HEX" of the wire form where that would be over 180 octets. Different zones
/// have different stems.
[[nodiscard]] std::string image_stem(NameView origin);
[[nodiscard]] std::filesystem::path image_path(const std::filesystem::path& directory, NameView origin,
                                               std::uint32_t epoch, std::uint64_t seq);

/// Where the image lies that the overlay at `path` lies on.
[[nodiscard]] Result<std::filesystem::path> base_path(const std::filesystem::path& path,
                                                      const layout::BaseId& base);
/// Opens an image file of such a directory; of an overlay its base too, which lies beside it under its own
/// version. Error: what is wrong with the one or the other.
[[nodiscard]] Result<std::shared_ptr<const ZoneImage>> open_image_file(
    const std::filesystem::path& path, ZoneImage::Check check = ZoneImage::Check::at_once);

struct ImageFile {
  std::filesystem::path path;
  std::uint32_t epoch = 0;
  std::uint64_t seq = 0;
};

/// Packs in such a directory: DIR/NUMBER.pack, in decimal.
[[nodiscard]] std::filesystem::path pack_path(const std::filesystem::path& directory, std::uint64_t number);

[[nodiscard]] bool is_pack_path(const std::filesystem::path& path);

struct PackFile {
  std::filesystem::path path;
  std::uint64_t number = 0;
};

/// What a directory of images holds; no file is opened.
struct ImageDirectory {
  std::map<std::string, std::vector<ImageFile>> images;  ///< by stem, each zone's by descending version
  std::vector<PackFile> packs;                           ///< by descending number
  /// DIR/STEM.EPOCH-SEQ.gone: the zone, whose name in wire form is the file's content, was deleted by that
  /// version, whatever a pack has of it.
  std::vector<ImageFile> gone;
};
[[nodiscard]] std::filesystem::path gone_path(const std::filesystem::path& directory, NameView origin,
                                              std::uint32_t epoch, std::uint64_t seq);
/// DIR/STEM.EPOCH-SEQ.log: the changes that led to that version (zones/content/change_log.h), or not there.
[[nodiscard]] std::filesystem::path log_path(const std::filesystem::path& directory, NameView origin,
                                             std::uint32_t epoch, std::uint64_t seq);
/// Other files are passed over. Error: the directory cannot be read.
[[nodiscard]] Result<ImageDirectory> scan_image_directory(const std::filesystem::path& directory);

/// The image files of a directory by stem, each zone's by descending version: of scan_image_directory().
[[nodiscard]] Result<std::map<std::string, std::vector<ImageFile>>> scan_images(
    const std::filesystem::path& directory);

}  // namespace doors
