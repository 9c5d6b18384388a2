#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "zones/base/expected.h"
#include "zones/dns/name.h"
#include "zones/dns/rrset.h"
#include "zones/image/image.h"

namespace doors {

/// One RRset that a version changes: what it was, and what it is; at least one side is there.
struct RRsetEdit {
  const RRsetView* before = nullptr;  ///< null: added
  const RRsetView* after = nullptr;   ///< null: removed
  [[nodiscard]] const RRsetView& any() const noexcept { return before != nullptr ? *before : *after; }
};

/// Why an overlay cannot be made.
struct OverlayProblem {
  bool rebuild = false;  ///< only a whole image can show this version; else the edits do not fit the zone
  std::string reason;
};
template <class T>
using OverlayResult = Expected<T, OverlayProblem>;

/// Records as they lie in a block.
struct OverlayPart {
  Octets wire;
  std::uint16_t count = 0;
};

/// An RRset with its signatures, or signatures alone.
struct OverlayEntry {
  RRType type{};
  OverlayPart records;
  OverlayPart signatures;
  std::uint32_t in_base = 0;  ///< the base's block that is the same; 0: none
};

struct OverlayName;

/// A node that another one names: by its reference in the base, if it is there, else by that in the overlay
/// once it has one.
class OverlayLink {
 public:
  OverlayLink() = default;
  explicit OverlayLink(std::uint32_t base_reference) noexcept : base_reference_(base_reference) {}
  explicit OverlayLink(const OverlayName& name) noexcept;
  explicit operator bool() const noexcept { return base_reference_ != 0 || name_ != nullptr; }
  [[nodiscard]] std::uint32_t reference() const noexcept;
  friend bool operator==(const OverlayLink&, const OverlayLink&) noexcept = default;

 private:
  std::uint32_t base_reference_ = 0;
  const OverlayName* name_ = nullptr;  // of one that the base has not
};

/// One name of an overlay: what it is in the new version, and what it was in the base.
struct OverlayName {
  NodeView in_base;             ///< none: the base has no node of this name
  std::uint32_t place = 0;      ///< of that node in the base's order, or of the first one behind the name
  std::uint32_t reference = 0;  ///< of its node in the overlay, once it has a place there
  std::uint32_t base_reference = 0;
  std::vector<OverlayEntry> entries;  ///< by type
  std::uint8_t labels = 0;
  bool exists = false;  ///< as a node of the new version
  bool hashed = false;  ///< an NSEC3 owner and nothing else
  bool zone_cut = false;
  bool dname = false;
  bool occluded = false;
  bool was_denier = false;  ///< in the base's list of NSEC or NSEC3 owners
  bool denier = false;
  OverlayLink cover;     ///< of an occluded name: the topmost cut above it
  OverlayLink wildcard;  ///< `*.` below it

  [[nodiscard]] bool cuts() const noexcept { return zone_cut || dname; }
  [[nodiscard]] const OverlayEntry* find(RRType type) const noexcept;
  [[nodiscard]] bool has(RRType type) const noexcept {
    const OverlayEntry* found = find(type);
    return found != nullptr && found->records.count != 0;
  }
  [[nodiscard]] bool has_address() const noexcept { return exists && (has(RRType::a) || has(RRType::aaaa)); }
};

inline OverlayLink::OverlayLink(const OverlayName& name) noexcept
    : base_reference_(name.base_reference), name_(name.base_reference != 0 ? nullptr : &name) {}
inline std::uint32_t OverlayLink::reference() const noexcept {
  return name_ != nullptr ? name_->reference : base_reference_;
}

/// The names that are not the same in a new version as in the base: those with edited records, those between
/// them and the zone that come or go with them, those that a new or gone zone cut hides or shows, and
/// parents of wildcards. What is not among them is in the new version as it is in the base; only its NSEC or
/// NSEC3 may have moved, which Redirect::unsettled tells. Borrows images and edits.
class OverlayNames {
 public:
  using Map = std::map<Name, OverlayName>;

  /// `current` is the base or another overlay on it. At most `limit` names.
  OverlayNames(const ZoneImage& current, const ZoneImage& base, std::size_t limit)
      : current_(current), base_(base), limit_(limit) {}

  [[nodiscard]] OverlayResult<void> settle(std::span<const RRsetEdit> edits);

  [[nodiscard]] const Map& names() const noexcept { return names_; }
  [[nodiscard]] Map& names() noexcept { return names_; }
  /// Null if the name is as in the base.
  [[nodiscard]] const OverlayName* find(NameView name) const;
  /// Records of the zone in the new version.
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

 private:
  OverlayName& add(NameView name, NodeView now);
  OverlayName& add(NameView name);
  [[nodiscard]] std::size_t base_place(NameView name) const noexcept;
  [[nodiscard]] OverlayResult<void> apply(const RRsetEdit& edit);
  [[nodiscard]] OverlayPart part_of(const RRsetView* rrset);
  void note_types(const Name& owner, OverlayName& name) const noexcept;
  void settle_existence();
  [[nodiscard]] bool has_below(const Name& owner, const OverlayName& name) const;
  void add_shown_and_hidden();
  void settle_covers();
  void settle_wildcards();
  void settle_deniers();
  [[nodiscard]] bool is_chained(NameView owner, Octets nsec3_records, std::size_t count) const noexcept;
  [[nodiscard]] OverlayResult<void> check_denial(std::span<const RRsetEdit> edits) const;
  [[nodiscard]] OverlayResult<void> check_targets() const;

  const ZoneImage& current_;
  const ZoneImage& base_;
  const std::size_t limit_;
  Map names_;
  std::array<std::vector<Map::value_type*>, max_labels + 1> by_depth_;
  std::deque<std::vector<std::byte>> made_;
  std::uint64_t records_ = 0;
};

}  // namespace doors
