#include "zones/image/zone_set.h"

#include <algorithm>
#include <bit>

namespace doors {

ZoneSet::ZoneSet() : ZoneSet(std::vector<std::shared_ptr<const ZoneImage>>{}) {}

ZoneSet::ZoneSet(std::vector<std::shared_ptr<const ZoneImage>> images, std::vector<Name> withheld)
    : images_(std::move(images)), withheld_(std::move(withheld)) {
  // By origin, the highest version of each first, which alone is kept.
  std::stable_sort(images_.begin(), images_.end(), [](const auto& a, const auto& b) {
    const auto order = a->origin().canonical_compare(b->origin());
    return order != 0 ? order < 0 : b->version() < a->version();
  });
  images_.erase(std::unique(images_.begin(), images_.end(),
                            [](const auto& a, const auto& b) { return a->origin() == b->origin(); }),
                images_.end());
  images_.shrink_to_fit();

  std::erase_if(withheld_, [this](const Name& origin) {
    const auto at = std::lower_bound(
        images_.begin(), images_.end(), origin,
        [](const auto& image, const Name& name) { return image->origin().canonical_compare(name) < 0; });
    return at != images_.end() && (*at)->origin() == origin.view();
  });
  std::sort(withheld_.begin(), withheld_.end());

  const std::size_t capacity = std::bit_ceil(std::max<std::size_t>(2 * images_.size(), 2));
  slots_.resize(capacity);
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(capacity));
  for (const auto& image : images_) {
    const std::uint64_t hash = name_hash(image->origin());
    std::size_t place = home(hash);
    while (slots_[place].image != nullptr) place = (place + 1) & (capacity - 1);
    slots_[place] = {hash, image.get()};
    present_[image->origin_labels() / 64] |= std::uint64_t{1} << (image->origin_labels() % 64);
  }
}

int ZoneSet::longest_present(int labels) const noexcept {
  if (labels >= 64) {
    const std::uint64_t upper = present_[1] & (~std::uint64_t{0} >> (127 - labels));
    if (upper != 0) return 127 - std::countl_zero(upper);
    labels = 63;
  }
  if (labels < 0) return -1;
  const std::uint64_t lower = present_[0] & (~std::uint64_t{0} >> (63 - labels));
  return 63 - std::countl_zero(lower);  // -1 where none
}

const ZoneImage* ZoneSet::find(const HashedName& name, std::size_t at_most_labels) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  int labels = longest_present(static_cast<int>(std::min(at_most_labels, name.label_count())));
  for (; labels >= 0; labels = longest_present(labels - 1)) {
    const std::uint64_t hash = name.suffix_hash(static_cast<std::size_t>(labels));
    const NameView wanted = name.suffix(static_cast<std::size_t>(labels));
    for (std::size_t place = home(hash); slots_[place].image != nullptr; place = (place + 1) & mask) {
      if (slots_[place].hash == hash && slots_[place].image->origin() == wanted) return slots_[place].image;
    }
  }
  return nullptr;
}

bool ZoneSet::withholds(const HashedName& name, std::size_t at_most_labels,
                        const ZoneImage* found) const noexcept {
  if (withheld_.empty()) return false;
  // DS is asked of the parent, and a child that is served says nothing of its parent.
  const bool above = found == nullptr || found->origin_labels() > at_most_labels;
  const std::size_t least = above ? 0 : found->origin_labels() + 1;
  for (std::size_t labels = std::min(at_most_labels, name.label_count()) + 1; labels-- > least;) {
    const NameView suffix = name.suffix(labels);
    const auto at = std::lower_bound(withheld_.begin(), withheld_.end(), suffix,
                                     [](NameView a, NameView b) { return a.canonical_compare(b) < 0; });
    if (at != withheld_.end() && *at == suffix) return true;
  }
  return false;
}

void ZoneSet::prefetch(const HashedName& name) const noexcept {
  int labels = longest_present(static_cast<int>(name.label_count()));
  for (int i = 0; i < 2 && labels >= 0; ++i, labels = longest_present(labels - 1)) {
    __builtin_prefetch(&slots_[home(name.suffix_hash(static_cast<std::size_t>(labels)))]);
  }
}

}  // namespace doors
