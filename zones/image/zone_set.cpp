#include "zones/image/zone_set.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "zones/image/damage.h"

namespace doors {

namespace {

bool has_labels(const std::array<std::uint64_t, 2>& counts, std::size_t labels) noexcept {
  return (counts[labels / 64] >> (labels % 64) & 1) != 0;
}

}  // namespace

ZoneSet::ZoneSet() : ZoneSet(ZoneSources{}) {}

ZoneSet::ZoneSet(std::vector<std::shared_ptr<const ZoneImage>> images, std::vector<Name> withheld)
    : ZoneSet(ZoneSources{std::move(images), {}, 0, std::move(withheld), {}}) {}

ZoneSet::ZoneSet(ZoneSources sources) : packs_(std::move(sources.packs)), images_(std::move(sources.images)) {
  std::sort(packs_.begin(), packs_.end(),
            [](const auto& a, const auto& b) { return a->number() > b->number(); });
  for (const auto& pack : packs_) {
    for (std::size_t i = 0; i < present_.size(); ++i) present_[i] |= pack->label_counts()[i];
    size_ += pack->size();
  }
  if (sources.packed_zones != 0) size_ = sources.packed_zones;
  const auto is_packed = [this](const Name& origin) {
    return packed_at(name_hash(origin), origin, origin.view().label_count()) != nullptr;
  };
  for (auto* names : {&sources.removed, &sources.withheld}) {
    for (Name& name : *names) name.make_canonical();
  }
  std::erase_if(sources.removed, [&](const Name& origin) { return !is_packed(origin); });
  size_ -= sources.removed.size();
  removed_ = NameTable(std::move(sources.removed));

  keep_highest();
  fill_slots();
  std::erase_if(sources.withheld, [this](const Name& origin) {
    return at(HashedName(origin), origin.view().label_count()) != nullptr;
  });
  withheld_ = NameTable(std::move(sources.withheld));
}

// By origin, the highest version of each first, which alone is kept; and not if a pack has a higher one.
void ZoneSet::keep_highest() {
  std::stable_sort(images_.begin(), images_.end(), [](const auto& a, const auto& b) {
    const auto order = a->origin().canonical_compare(b->origin());
    return order != 0 ? order < 0 : b->version() < a->version();
  });
  images_.erase(std::unique(images_.begin(), images_.end(),
                            [](const auto& a, const auto& b) { return a->origin() == b->origin(); }),
                images_.end());
  if (!packs_.empty()) {
    std::erase_if(images_, [this](const auto& image) {
      const ZoneImage* packed =
          packed_at(name_hash(image->origin()), image->origin(), image->origin_labels());
      if (packed == nullptr) {
        ++size_;
        return false;
      }
      return packed->version() > image->version();
    });
  } else {
    size_ += images_.size();
  }
  images_.shrink_to_fit();
}

void ZoneSet::fill_slots() {
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

const ZoneImage* ZoneSet::packed_at(std::uint64_t hash, NameView origin, std::size_t labels) const noexcept {
  if (removed_.has(hash, origin)) return nullptr;
  const unsigned damage = ImageDamage::met();
  for (const auto& pack : packs_) {
    if (!has_labels(pack->label_counts(), labels)) continue;
    const ZoneImage* image = pack->find(hash, origin);
    if (image != nullptr || ImageDamage::met() != damage) return image;
  }
  return nullptr;
}

const ZoneImage* ZoneSet::at(const HashedName& name, std::size_t labels) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  const std::uint64_t hash = name.suffix_hash(labels);
  const NameView wanted = name.suffix(labels);
  for (std::size_t place = home(hash); slots_[place].image != nullptr; place = (place + 1) & mask) {
    if (slots_[place].hash == hash && slots_[place].image->origin() == wanted) return slots_[place].image;
  }
  return packs_.empty() ? nullptr : packed_at(hash, wanted, labels);
}

const ZoneImage* ZoneSet::find(const HashedName& name, std::size_t at_most_labels) const noexcept {
  const unsigned damage = ImageDamage::met();
  int labels = longest_present(static_cast<int>(std::min(at_most_labels, name.label_count())));
  for (; labels >= 0; labels = longest_present(labels - 1)) {
    const ZoneImage* image = at(name, static_cast<std::size_t>(labels));
    if (image != nullptr || ImageDamage::met() != damage) return image;
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
    if (withheld_.has(name.suffix_hash(labels), name.suffix(labels))) return true;
  }
  return false;
}

void ZoneSet::prefetch(const HashedName& name) const noexcept {
  int labels = longest_present(static_cast<int>(name.label_count()));
  for (int i = 0; i < 2 && labels >= 0; ++i, labels = longest_present(labels - 1)) {
    const std::uint64_t hash = name.suffix_hash(static_cast<std::size_t>(labels));
    __builtin_prefetch(&slots_[home(hash)]);
    for (const auto& pack : packs_) {
      if (has_labels(pack->label_counts(), static_cast<std::size_t>(labels))) pack->prefetch(hash);
    }
  }
}

void ZoneSet::prefetch_image(const HashedName& name) const noexcept {
  int labels = longest_present(static_cast<int>(name.label_count()));
  for (int i = 0; i < 2 && labels >= 0; ++i, labels = longest_present(labels - 1)) {
    const std::uint64_t hash = name.suffix_hash(static_cast<std::size_t>(labels));
    for (const auto& pack : packs_) {
      if (has_labels(pack->label_counts(), static_cast<std::size_t>(labels))) pack->prefetch_image(hash);
    }
  }
}

}  // namespace doors
