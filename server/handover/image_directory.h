#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "server/handover/zone_shelf.h"
#include "zones/base/error.h"

namespace doors {

/// What is on the shelf already, so that a second look opens what is new and nothing else.
struct ShelfIndex {
  std::unordered_map<std::string, ZoneShelf::Zone> zones;  ///< by stem of the file name (image_file.h)
  std::unordered_set<std::uint64_t> packs;                 ///< numbers
};
[[nodiscard]] ShelfIndex index_of(const ZoneShelf& shelf);

/// What the shelf has to change for a directory's sake.
struct FoundImages {
  ZoneShelf::Changes changes;
  std::vector<ZoneShelf::Pack> packs;  ///< new ones
  std::vector<Name> gone;              ///< zones that were deleted after a pack had them
};

/// Looks through a directory of images and gives what the shelf has to change: packs that it has not; for
/// each zone the highest version that can be opened, if the shelf has none as high (a refused image is
/// logged, and the generation before tried); and removals of zones that came from the directory and have no
/// file there any more. Error: the directory cannot be read; then nothing is to change. Opens images, so with
/// Check::at_once it may take long. Any thread.
[[nodiscard]] Result<FoundImages> look_through_images(const std::filesystem::path& directory,
                                                      const ShelfIndex& on_shelf, ZoneImage::Check check);

/// Puts what was found into effect, while the shelf went on changing.
void apply_found(FoundImages found, ZoneShelf& shelf);

/// The highest version in the directory that is below this image's and can be opened; null if there is none.
/// Any thread.
[[nodiscard]] ZoneShelf::Image generation_before(const std::filesystem::path& directory,
                                                 const ZoneImage& image);

}  // namespace doors
