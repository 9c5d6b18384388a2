#include "server/handover/zone_shelf.h"

#include <utility>

namespace doors {

std::string ZoneShelf::key_of(NameView origin) {
  Name canonical(origin);
  canonical.make_canonical();
  return std::string(text_of(canonical.wire()));
}

void ZoneShelf::apply(Changes changes) {
  for (auto& [key, zone] : changes) {
    withheld_.erase(key);
    if (zone.image) {
      zones_.insert_or_assign(key, std::move(zone));
      continue;
    }
    zones_.erase(key);
    if (zone.withheld) withheld_.insert(key);
  }
}

void ZoneShelf::apply_found(Changes changes) {
  std::erase_if(changes, [&](const auto& change) {
    const auto& [key, found] = change;
    if (withheld_.contains(key)) return true;
    const auto now = zones_.find(key);
    if (now == zones_.end()) return false;
    if (!found.image) return now->second.origin != Origin::directory;
    return !(found.image->version() > now->second.image->version());
  });
  apply(std::move(changes));
}

const ZoneShelf::Zone* ZoneShelf::find(NameView origin) const {
  const auto found = zones_.find(key_of(origin));
  return found == zones_.end() ? nullptr : &found->second;
}

std::vector<ZoneShelf::Image> ZoneShelf::images() const {
  std::vector<Image> images;
  images.reserve(zones_.size());
  for (const auto& [key, zone] : zones_) images.push_back(zone.image);
  return images;
}

std::vector<Name> ZoneShelf::withheld() const {
  std::vector<Name> origins;
  origins.reserve(withheld_.size());
  for (const std::string& key : withheld_) origins.emplace_back(NameView::trusted(octets_of(key)));
  return origins;
}

}  // namespace doors
