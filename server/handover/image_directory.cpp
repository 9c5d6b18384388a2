#include "server/handover/image_directory.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include <fcntl.h>

#include "zones/base/file.h"
#include "zones/base/log.h"
#include "zones/image/image_file.h"

namespace doors {

namespace {

Result<ZoneShelf::Image> open_image(const ImageFile& file, const std::string& stem, ZoneImage::Check check) {
  auto image = open_image_file(file.path, check);
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
  index.zones.reserve(shelf.zones().size());
  for (const auto& [key, zone] : shelf.zones()) index.zones.emplace(image_stem(zone.image->origin()), zone);
  for (const ZoneShelf::Pack& pack : shelf.packs()) index.packs.insert(pack->number());
  return index;
}

namespace {

std::vector<ZoneShelf::Pack> open_packs(const std::vector<PackFile>& files, const ShelfIndex& on_shelf) {
  std::vector<ZoneShelf::Pack> packs;
  for (const PackFile& file : files) {
    if (on_shelf.packs.contains(file.number)) continue;
    const UniqueFd fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
    auto pack =
        fd ? ImagePack::open(fd.get()) : Result<ZoneShelf::Pack>(system_failure("cannot open", errno));
    if (!pack) {
      log::error("pack refused", {{"file", file.path.string()}, {"reason", pack.error().message}});
      continue;
    }
    packs.push_back(*std::move(pack));
  }
  return packs;
}

/// Zones that were deleted by a version above what is in any of these packs.
std::vector<Name> find_gone(const std::vector<ImageFile>& files, const std::vector<ZoneShelf::Pack>& packs) {
  std::vector<Name> gone;
  for (const ImageFile& file : files) {
    const auto wire = read_file(file.path, max_name_octets);
    const auto origin = wire ? NameView::checked(*wire) : std::nullopt;
    if (!origin) continue;
    const HashedName name(*origin);
    const bool newer = std::any_of(packs.begin(), packs.end(), [&](const ZoneShelf::Pack& pack) {
      const ZoneImage* image = pack->find(name.hash(), name.view());
      return image != nullptr && !is_above(file, image->version());
    });
    if (!newer) gone.emplace_back(*origin);
  }
  return gone;
}

}  // namespace

Result<FoundImages> look_through_images(const std::filesystem::path& directory, const ShelfIndex& on_shelf,
                                        ZoneImage::Check check) {
  const auto found = scan_image_directory(directory);
  if (!found) return Unexpected(found.error());
  FoundImages result;
  result.packs = open_packs(found->packs, on_shelf);
  if (!result.packs.empty()) result.gone = find_gone(found->gone, result.packs);
  ZoneShelf::Changes& changes = result.changes;
  for (const auto& [stem, files] : found->images) {
    const auto known = on_shelf.zones.find(stem);
    for (const ImageFile& file : files) {
      if (known != on_shelf.zones.end() && !is_above(file, known->second.image->version())) break;
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
  for (const auto& [stem, zone] : on_shelf.zones) {
    if (zone.origin != ZoneShelf::Origin::directory || found->images.contains(stem)) continue;
    changes.insert_or_assign(ZoneShelf::key_of(zone.image->origin()), ZoneShelf::Zone{});
  }
  return result;
}

void apply_found(FoundImages found, ZoneShelf& shelf) {
  shelf.add_packs(std::move(found.packs));
  for (const Name& origin : found.gone) shelf.remove_packed(origin);
  shelf.apply_found(std::move(found.changes));
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
