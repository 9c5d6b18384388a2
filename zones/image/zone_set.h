#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "zones/dns/hashed_name.h"
#include "zones/image/image.h"

namespace doors {

/// All zones of a node, one snapshot: immutable, so that a worker reads it without a lock. A new one is made beside
/// it and posted; images are shared between the two.
class ZoneSet {
 public:
  ZoneSet();
  /// One image per origin; of two with the same origin the higher version wins.
  explicit ZoneSet(std::vector<std::shared_ptr<const ZoneImage>> images);

  /// The zone with the longest origin that is a suffix of `name`, looking only at suffixes of at most `most_labels`
  /// labels (label_count() - 1 finds the parent's side of a cut, RFC 4035 §3.1.4.1). Null if there is none.
  [[nodiscard]] const ZoneImage* find(const HashedName& name, std::size_t most_labels) const noexcept;
  [[nodiscard]] const ZoneImage* find(const HashedName& name) const noexcept { return find(name, name.label_count()); }
  void prefetch(const HashedName& name) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return images_.size(); }
  /// By origin, in canonical order.
  [[nodiscard]] const std::vector<std::shared_ptr<const ZoneImage>>& images() const noexcept { return images_; }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    const ZoneImage* image = nullptr;  // null: empty
  };
  std::vector<std::shared_ptr<const ZoneImage>> images_;
  std::vector<Slot> slots_;
  std::array<std::uint64_t, 2> present_{};  // bit n: some origin has n labels
};

}  // namespace doors
