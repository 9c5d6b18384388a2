#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "zones/dns/hashed_name.h"
#include "zones/image/hash_slots.h"
#include "zones/image/image.h"
#include "zones/image/name_table.h"
#include "zones/image/pack.h"

namespace doors {

/// What a ZoneSet is made of.
struct ZoneSources {
  /// One zone each. Of two of a zone the higher version counts, and of an image and a pack's the image,
  /// unless the pack's version is higher. None of them null.
  std::vector<std::shared_ptr<const ZoneImage>> images;
  /// Many zones each; of two that have a zone the one with the higher number counts. None of them null.
  std::vector<std::shared_ptr<const ImagePack>> packs;
  /// Zones that packs have, each counted once; 0: not known, then the sum is told.
  std::size_t packed_zones = 0;
  /// Origins of zones that belong here, but whose data cannot be served; an image of such a zone wins.
  std::vector<Name> withheld;
  /// Origins of zones that packs have and that are not served any more.
  std::vector<Name> removed;
};

/// All zones of a node, one snapshot: immutable, so that a worker reads it without a lock. A new one is made
/// beside it and posted; images and packs are shared between the two.
///
/// An image is found by the hash of each suffix of the name, longest first, in one table; then in the packs'
/// own tables, the newest first. Only suffixes of as many labels as some origin has are looked for.
class ZoneSet {
 public:
  ZoneSet();
  explicit ZoneSet(std::vector<std::shared_ptr<const ZoneImage>> images, std::vector<Name> withheld = {});
  /// O(n log n) in images, and some microseconds for each pack, however many zones it has.
  explicit ZoneSet(ZoneSources sources);

  /// The zone with the longest origin that is a suffix of `name`, looking only at suffixes of at most
  /// `at_most_labels` labels (label_count() - 1 finds the parent's side of a cut, RFC 4035 §3.1.4.1). Null if
  /// there is none, or if it is damaged, which ImageDamage counts. One probe for each label count that some
  /// origin has, and for each pack with such.
  [[nodiscard]] const ZoneImage* find(const HashedName& name, std::size_t at_most_labels) const noexcept;
  [[nodiscard]] const ZoneImage* find(const HashedName& name) const noexcept {
    return find(name, name.label_count());
  }
  /// Neither here nor by ZoneImage::lookup() is a suffix of more labels looked for: longer ones need no hash.
  [[nodiscard]] std::size_t deepest_labels() const noexcept { return deepest_labels_; }
  /// Asks the memory for the first slots that find() will read: the stage before it, for a whole batch.
  void prefetch(const HashedName& name) const noexcept;
  /// The stage after prefetch(), where there are packs: asks for the images that those slots lead to.
  void prefetch_image(const HashedName& name) const noexcept;
  [[nodiscard]] bool has_packs() const noexcept { return !packs_.empty(); }

  /// Whether a withheld zone, and not `found`, which is what find() gave, is the one that suffixes of `name`
  /// of at most so many labels are in: then nothing is known of it.
  [[nodiscard]] bool withholds(const HashedName& name, std::size_t at_most_labels,
                               const ZoneImage* found) const noexcept;

  /// Zones, those in packs too; too high while packed_zones is not known.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Those that have an image of their own, by origin, in canonical order.
  [[nodiscard]] const std::vector<std::shared_ptr<const ZoneImage>>& images() const noexcept {
    return images_;
  }
  /// The newest first.
  [[nodiscard]] const std::vector<std::shared_ptr<const ImagePack>>& packs() const noexcept { return packs_; }
  /// Whether find() gives this image of a pack, and not another one of that zone.
  [[nodiscard]] bool serves(const ZoneImage& image) const noexcept {
    const HashedName origin(image.origin());
    return at(origin, origin.label_count()) == &image;
  }

 private:
  using Labels = std::array<std::uint64_t, 2>;  // bit n: n labels
  void keep_highest();
  void fill_slots();
  /// The zone whose origin is exactly that suffix, if it has an image of its own.
  [[nodiscard]] const ZoneImage* own_at(const HashedName& name, std::size_t labels) const noexcept {
    return slots_.find(name.suffix_hash(labels), [&](const ZoneImage* image) noexcept {
      return image->origin() == name.suffix(labels);
    });
  }
  /// The same, or a pack's.
  [[nodiscard]] const ZoneImage* at(const HashedName& name, std::size_t labels) const noexcept;
  [[nodiscard]] const ZoneImage* packed_at(std::uint64_t hash, NameView origin,
                                           std::size_t labels) const noexcept;
  template <class Look>
  void look_ahead(const HashedName& name, Look&& look) const noexcept;

  HashSlots<const ZoneImage*> slots_;
  Labels present_{};
  std::size_t deepest_labels_ = 0;
  std::vector<std::shared_ptr<const ImagePack>> packs_;
  NameTable withheld_;
  NameTable removed_;
  std::vector<std::shared_ptr<const ZoneImage>> images_;
  std::size_t size_ = 0;
};

}  // namespace doors
