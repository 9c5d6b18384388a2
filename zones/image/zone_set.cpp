#include "zones/image/zone_set.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "zones/image/damage.h"

namespace doors {

namespace {

using LabelCounts = std::array<std::uint64_t, 2>;

bool has_labels(const LabelCounts& counts, std::size_t labels) noexcept {
  return (counts[labels / 64] >> (labels % 64) & 1) != 0;
}

/// The label counts that some origin has, from `most` down.
class Depths {
 public:
  Depths(const LabelCounts& present, std::size_t most) noexcept
      : lower_(present[0] & up_to(std::min<std::size_t>(most, 63))),
        upper_(most < 64 ? 0 : present[1] & up_to(most - 64)) {}

  [[nodiscard]] bool empty() const noexcept { return (lower_ | upper_) == 0; }
  /// The next one; not if it is empty.
  std::size_t take() noexcept { return upper_ != 0 ? 64 + take_highest(upper_) : take_highest(lower_); }

 private:
  static std::uint64_t up_to(std::size_t bit) noexcept { return ~std::uint64_t{0} >> (63 - bit); }
  static std::size_t take_highest(std::uint64_t& bits) noexcept {
    const std::size_t highest = 63 - static_cast<std::size_t>(std::countl_zero(bits));
    bits ^= std::uint64_t{1} << highest;
    return highest;
  }

  std::uint64_t lower_;  // bit n: n labels
  std::uint64_t upper_;  // bit n: 64 + n labels
};

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
  for (const auto& image : images_) deepest_labels_ = std::max(deepest_labels_, image->deepest_labels());
  for (const Name& origin : sources.withheld) {
    deepest_labels_ = std::max(deepest_labels_, origin.view().label_count());
  }
  if (!packs_.empty()) deepest_labels_ = max_labels;  // nobody has seen all of their images
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
  slots_ = HashSlots<const ZoneImage*>(images_.size());
  for (const auto& image : images_) {
    slots_.add(name_hash(image->origin()), image.get());
    present_[image->origin_labels() / 64] |= std::uint64_t{1} << (image->origin_labels() % 64);
  }
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
  const ZoneImage* const own = own_at(name, labels);
  if (own != nullptr || packs_.empty()) return own;
  return packed_at(name.suffix_hash(labels), name.suffix(labels), labels);
}

const ZoneImage* ZoneSet::find(const HashedName& name, std::size_t at_most_labels) const noexcept {
  const unsigned damage = ImageDamage::met();
  for (Depths depths(present_, std::min(at_most_labels, name.label_count())); !depths.empty();) {
    const std::size_t labels = depths.take();
    if (const ZoneImage* const own = own_at(name, labels)) return own;
    if (packs_.empty()) continue;
    const ZoneImage* const packed = packed_at(name.suffix_hash(labels), name.suffix(labels), labels);
    if (packed != nullptr || ImageDamage::met() != damage) return packed;
  }
  return nullptr;
}

bool ZoneSet::withholds(const HashedName& name, std::size_t at_most_labels,
                        const ZoneImage* found) const noexcept {
  if (withheld_.empty()) return false;
  // DS is asked of the parent, and a child that is served says nothing of its parent.
  const bool above = found == nullptr || found->origin_labels() > at_most_labels;
  const std::size_t least = above ? 0 : found->origin_labels() + 1;
  const std::size_t most = std::min({at_most_labels, name.label_count(), deepest_labels_});
  for (std::size_t labels = most + 1; labels-- > least;) {
    if (withheld_.has(name.suffix_hash(labels), name.suffix(labels))) return true;
  }
  return false;
}

template <class Look>
void ZoneSet::look_ahead(const HashedName& name, Look&& look) const noexcept {
  Depths depths(present_, name.label_count());
  for (int i = 0; i < 2 && !depths.empty(); ++i) {
    const std::size_t labels = depths.take();
    look(name.suffix_hash(labels), labels);
  }
}

void ZoneSet::prefetch(const HashedName& name) const noexcept {
  look_ahead(name, [this](std::uint64_t hash, std::size_t labels) {
    slots_.prefetch(hash);
    for (const auto& pack : packs_) {
      if (has_labels(pack->label_counts(), labels)) pack->prefetch(hash);
    }
  });
}

void ZoneSet::prefetch_image(const HashedName& name) const noexcept {
  look_ahead(name, [this](std::uint64_t hash, std::size_t labels) {
    for (const auto& pack : packs_) {
      if (has_labels(pack->label_counts(), labels)) pack->prefetch_image(hash);
    }
  });
}

}  // namespace doors
