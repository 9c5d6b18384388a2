#include "sync/pop/open_zones.h"

#include <utility>

#include "sync/pop/laid_changes.h"
#include "zones/base/file.h"
#include "zones/image/image_file.h"

namespace doors {
namespace {

std::string key_of(NameView origin) {
  Name canonical(origin);
  canonical.make_canonical();
  return std::string(text_of(canonical.wire()));
}

}  // namespace

const OpenZones::Zone& OpenZones::open(const Version& version) {
  Zone& zone = zones_[key_of(version.zone)];
  if (zone.image && zone.image->version() == image_version(version)) return zone;
  zone = {};
  auto image = open_image_file(images_.path(version.zone, version.number), ZoneImage::Check::at_use);
  if (!image || (*image)->version() != image_version(version)) return zone;
  zone.image = *std::move(image);
  const auto file = read_file(images_.log_path(version.zone, version.number), 2 * ChangeLog::max_octets);
  auto log = file ? ChangeLog::parse(*file) : failure("");
  if (log) zone.log = *std::move(log);
  return zone;
}

void OpenZones::put(NameView origin, Zone zone) { zones_[key_of(origin)] = std::move(zone); }

void OpenZones::forget(NameView origin) { zones_.erase(key_of(origin)); }

}  // namespace doors
