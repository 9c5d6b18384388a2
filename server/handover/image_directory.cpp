#include "server/handover/image_directory.h"

#include <cerrno>
#include <map>
#include <utility>
#include <vector>

#include <fcntl.h>

#include "zones/base/file.h"
#include "zones/base/log.h"
#include "zones/image/image_file.h"

namespace doors {

namespace {

Result<ZoneShelf::Image> open_image(const ImageFile& file, const std::string& stem, ZoneImage::Check check) {
  const UniqueFd fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_failure("cannot open", errno);
  auto image = ZoneImage::open(fd.get(), check);
  if (image && image_stem((*image)->origin()) != stem) {
    return failure("it is of the zone " + (*image)->origin().to_string());
  }
  return image;
}

bool is_above(const ImageFile& file, const ImageVersion& version) noexcept {
  return file.epoch != version.epoch ? file.epoch > version.epoch : file.seq > version.seq;
}

}  // namespace

ShelfIndex index_of(const ZoneShelf& shelf) {
  ShelfIndex index;
  index.reserve(shelf.size());
  for (const auto& [key, zone] : shelf.zones()) index.emplace(image_stem(zone.image->origin()), zone);
  return index;
}

Result<ZoneShelf::Changes> look_through_images(const std::filesystem::path& directory,
                                               const ShelfIndex& on_shelf, ZoneImage::Check check) {
  const auto found = scan_images(directory);
  if (!found) return Unexpected(found.error());
  ZoneShelf::Changes changes;
  for (const auto& [stem, files] : *found) {
    const auto known = on_shelf.find(stem);
    for (const ImageFile& file : files) {
      if (known != on_shelf.end() && !is_above(file, known->second.image->version())) break;
      auto image = open_image(file, stem, check);
      if (!image) {
        log::warn("image refused, the generation before is tried",
                  {{"file", file.path.string()}, {"reason", image.error().message}});
        continue;
      }
      std::string key = ZoneShelf::key_of((*image)->origin());
      changes.insert_or_assign(std::move(key),
                               ZoneShelf::Zone{*std::move(image), ZoneShelf::Origin::directory});
      break;
    }
  }
  for (const auto& [stem, zone] : on_shelf) {
    if (zone.origin != ZoneShelf::Origin::directory || found->contains(stem)) continue;
    changes.insert_or_assign(ZoneShelf::key_of(zone.image->origin()), ZoneShelf::Zone{});
  }
  return changes;
}

ZoneShelf::Image generation_before(const std::filesystem::path& directory, const ZoneImage& image) {
  const auto found = scan_images(directory);
  const std::string stem = image_stem(image.origin());
  if (!found || !found->contains(stem)) return nullptr;
  for (const ImageFile& file : found->at(stem)) {
    if (file.epoch == image.version().epoch && file.seq == image.version().seq) continue;
    if (is_above(file, image.version())) continue;
    if (auto before = open_image(file, stem, ZoneImage::Check::at_once)) return *std::move(before);
  }
  return nullptr;
}

}  // namespace doors
