#include "zones/image/zone_set.h"

#include <algorithm>
#include <bit>

namespace doors {

ZoneSet::ZoneSet() : ZoneSet(std::vector<std::shared_ptr<const ZoneImage>>{}) {}

ZoneSet::ZoneSet(std::vector<std::shared_ptr<const ZoneImage>> images) : images_(std::move(images)) {
  std::sort(images_.begin(), images_.end(), [](const auto& a, const auto& b) {
    const auto order = a->origin().canonical_compare(b->origin());
    return order != 0 ? order < 0 : b->version() < a->version();
  });
  images_.erase(std::unique(images_.begin(), images_.end(),
                            [](const auto& a, const auto& b) { return a->origin() == b->origin(); }),
                images_.end());
  slots_.resize(std::bit_ceil(images_.size() * 2 + 1));
  for (const auto& image : images_) {
    const std::uint64_t hash = name_hash(image->origin());
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].image != nullptr) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {hash, image.get()};
    present_[image->origin_labels() / 64] |= std::uint64_t{1} << (image->origin_labels() % 64);
  }
}

const ZoneImage* ZoneSet::find(const HashedName& name, std::size_t most_labels) const noexcept {
  for (std::size_t labels = std::min(most_labels, name.label_count()) + 1; labels-- > 0;) {
    if ((present_[labels / 64] >> (labels % 64) & 1) == 0) continue;
    const std::uint64_t hash = name.suffix_hash(labels);
    for (std::size_t at = hash & (slots_.size() - 1); slots_[at].image != nullptr; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].hash == hash && slots_[at].image->origin() == name.suffix(labels)) return slots_[at].image;
    }
  }
  return nullptr;
}

void ZoneSet::prefetch(const HashedName& name) const noexcept {
  for (std::size_t labels = name.label_count() + 1; labels-- > 0;) {
    if ((present_[labels / 64] >> (labels % 64) & 1) != 0) {
      __builtin_prefetch(&slots_[name.suffix_hash(labels) & (slots_.size() - 1)]);
    }
  }
}

}  // namespace doors
