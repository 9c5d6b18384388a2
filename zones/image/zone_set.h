#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "zones/dns/hashed_name.h"
#include "zones/image/image.h"

namespace doors {

/// All zones of a node, one snapshot: immutable, so that a worker reads it without a lock. A new one is made
/// beside it and posted; images are shared between the two.
///
///     slots:  | apex hash | image |   open addressing, at most half full; found by the hash of each suffix
///     of the name
class ZoneSet {
 public:
  ZoneSet();
  /// One image per origin; of two with the same origin the higher version wins. None of them null. `withheld`
  /// are the origins of zones that belong here, but whose data cannot be served; an image of such a zone
  /// wins. O(n log n).
  explicit ZoneSet(std::vector<std::shared_ptr<const ZoneImage>> images, std::vector<Name> withheld = {});

  /// The zone with the longest origin that is a suffix of `name`, looking only at suffixes of at most
  /// `at_most_labels` labels (label_count() - 1 finds the parent's side of a cut, RFC 4035 §3.1.4.1). Null if
  /// there is none. One probe for each label count that some origin has.
  [[nodiscard]] const ZoneImage* find(const HashedName& name, std::size_t at_most_labels) const noexcept;
  [[nodiscard]] const ZoneImage* find(const HashedName& name) const noexcept {
    return find(name, name.label_count());
  }
  /// Asks the memory for the first two slots that find() will read: the stage before it, for a whole batch.
  void prefetch(const HashedName& name) const noexcept;

  /// Whether a withheld zone, and not `found`, which is what find() gave, is the one that suffixes of `name`
  /// of at most so many labels are in: then nothing is known of it.
  [[nodiscard]] bool withholds(const HashedName& name, std::size_t at_most_labels,
                               const ZoneImage* found) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return images_.size(); }
  /// By origin, in canonical order.
  [[nodiscard]] const std::vector<std::shared_ptr<const ZoneImage>>& images() const noexcept {
    return images_;
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    const ZoneImage* image = nullptr;  // null: free
  };
  [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept { return hash >> shift_; }
  /// The longest label count up to `labels` that some origin has; -1 if none.
  [[nodiscard]] int longest_present(int labels) const noexcept;

  std::vector<std::shared_ptr<const ZoneImage>> images_;
  std::vector<Name> withheld_;  // in canonical order
  std::vector<Slot> slots_;     // a power of two of them
  unsigned shift_ = 63;
  std::array<std::uint64_t, 2> present_{};  // bit n: some origin has n labels
};

}  // namespace doors
