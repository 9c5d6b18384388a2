#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "zones/base/unset.h"
#include "zones/dns/nsec3_hash.h"
#include "zones/dns/order_key.h"
#include "zones/image/image.h"
#include "zones/image/nsec_tree.h"

namespace doors {

/// The way down the NSEC search tree of one image, level by level. All along, the key lies at or after the
/// block's first entry and before the next block's: so entry 0 needs no look. Where slices are the same, the
/// names of their owners decide.
class NsecDescent {
 public:
  /// `zone` has NSEC owners; it is borrowed. `name` is at or below its origin.
  NsecDescent(const ZoneImage& zone, NameView name) noexcept;
  /// Goes on as far as it can without waiting, and asks the memory for what comes next. False at the end,
  /// which takes one step a level and two for each owner that is looked at: at most four of each level.
  bool step() noexcept;
  /// At the end: the place of the owner among all.
  [[nodiscard]] std::size_t place() const noexcept { return block_; }

 private:
  enum class Next : std::uint8_t { level, owner, name };
  [[nodiscard]] bool is_at_or_behind(std::size_t place) const noexcept;
  void take_level() noexcept;
  void choose() noexcept;
  [[nodiscard]] std::size_t middle() const noexcept { return chosen_ + (end_ - chosen_ + 1) / 2; }
  [[nodiscard]] std::size_t middle_owner() const noexcept {
    return (block_ * layout::TreeBlock::fanout + middle()) * shape_.strides[level_];
  }

  const ZoneImage* zone_;
  NsecTreeShape shape_;
  OrderKey key_;
  Next next_ = Next::level;
  std::size_t level_;                 // at hand, or those below it are left
  std::size_t block_ = 0;             // of the level; at the end the owner
  std::size_t chosen_ = 0, end_ = 0;  // the entry that is chosen lies between them
};

/// The search for the record that denies a name: the NSEC at or before it, or the NSEC3 at or before its
/// hash. It goes in steps that each ask the memory for what the next one reads: of a batch one step each in
/// turn, so that their misses overlap. The same result as ZoneImage::nsec_at_or_before() and
/// nsec3_at_or_before().
class DenialSearch {
 public:
  /// Leaves it unset: start() first.
  DenialSearch() noexcept {}  // NOLINT(modernize-use-equals-default)

  /// Whether it can be had in that zone: it has NSEC or NSEC3, and nothing but a look at its image is needed
  /// to use it.
  [[nodiscard]] static bool is_for(const ZoneImage& zone) noexcept {
    return zone.denial() != ZoneImage::Denial::none &&
           __atomic_load_n(&zone.header_.unchecked, __ATOMIC_RELAXED) == 0;
  }
  /// Both are borrowed.
  void start(const ZoneImage& zone, NameView name) noexcept;
  /// False when it has come to its end, after a bounded number of steps.
  bool step() noexcept;
  /// Then: what was found. Of NSEC `matches` says nothing.
  [[nodiscard]] const ZoneImage::Nsec3Found& found() const noexcept { return found_; }

 private:
  enum class Next : std::uint8_t { descend, index, hashes, owner, node, nothing };
  [[nodiscard]] std::uint32_t owner() const noexcept;
  void find() noexcept;

  const ZoneImage* zone_;
  Next next_;
  std::size_t place_;  // in the index, then among the owners
  Nsec3Hash hash_;
  ZoneImage::Nsec3Found found_;
  union {
    NsecDescent descent_;
  };
};

}  // namespace doors
