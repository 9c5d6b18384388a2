#include "server/handover/zone_shelf.h"

#include <algorithm>
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
    remove_packed(NameView::trusted(octets_of(key)));
    if (zone.withheld) withheld_.insert(key);
  }
}

void ZoneShelf::add_packs(std::vector<Pack> packs) {
  for (Pack& pack : packs) {
    std::erase_if(packs_, [&pack](const Pack& other) { return other->number() == pack->number(); });
    std::erase_if(removed_, [&pack](const auto& removed) { return removed.second < pack->number(); });
    packs_.push_back(std::move(pack));
    packed_zones_ = 0;
  }
  std::sort(packs_.begin(), packs_.end(),
            [](const Pack& a, const Pack& b) { return a->number() > b->number(); });
}

void ZoneShelf::keep_packs(const std::vector<Pack>& superseded, std::size_t packed_zones) {
  std::erase_if(packs_, [&](const Pack& pack) {
    return std::find(superseded.begin(), superseded.end(), pack) != superseded.end();
  });
  packed_zones_ = packed_zones;
}

PackReview review_packs(const ZoneSet& set) {
  PackReview review;
  const auto& packs = set.packs();  // the newest first
  std::vector<ZoneShelf::Pack> kept;
  for (const ZoneShelf::Pack& pack : packs) {
    bool served = false;
    std::size_t own = 0;
    for (std::size_t place = 0; place < pack->places(); ++place) {
      const ZoneImage* image = pack->image_at(place);
      if (image == nullptr) continue;
      served = served || set.serves(*image);
      const std::uint64_t hash = name_hash(image->origin());
      own += std::none_of(kept.begin(), kept.end(), [&](const ZoneShelf::Pack& newer) {
        return newer->find(hash, image->origin()) != nullptr;
      });
    }
    if (served) {
      review.zones += own;
      kept.push_back(pack);
    } else {
      review.superseded.push_back(pack);
    }
  }
  return review;
}

void ZoneShelf::remove_packed(NameView origin) {
  if (!packs_.empty()) removed_.insert_or_assign(key_of(origin), packs_.front()->number());
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
  // A file that is gone says nothing of packs, one of which may have taken it in.
  std::erase_if(changes, [this](const auto& change) {
    return change.second.image == nullptr && zones_.erase(change.first) != 0;
  });
  apply(std::move(changes));
}

const ZoneShelf::Zone* ZoneShelf::find(NameView origin) const {
  const auto found = zones_.find(key_of(origin));
  return found == zones_.end() ? nullptr : &found->second;
}

ZoneSources ZoneShelf::sources() const {
  const auto name_of = [](const std::string& key) { return Name(NameView::trusted(octets_of(key))); };
  ZoneSources sources;
  sources.images.reserve(zones_.size());
  for (const auto& [key, zone] : zones_) sources.images.push_back(zone.image);
  sources.packs = packs_;
  sources.packed_zones = packs_.size() == 1 ? packs_.front()->size() : packed_zones_;
  for (const std::string& key : withheld_) sources.withheld.push_back(name_of(key));
  for (const auto& [key, number] : removed_) sources.removed.push_back(name_of(key));
  return sources;
}

}  // namespace doors
