#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "zones/content/content.h"

namespace doors {

/// One owner name of a content: its RRsets [begin, end) and what it is to the zone.
struct ContentNode {
  NameView owner;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t first_record = 0;   ///< number of its first record in canonical order
  bool is_cut = false;            ///< NS here, and not the apex
  std::optional<NameView> cut;    ///< the topmost zone cut it is below, if any
  std::optional<NameView> dname;  ///< the topmost DNAME owner it is below, if any
  /// The zone answers for it: a cut counts, for its DS and its denial.
  [[nodiscard]] bool is_authoritative() const noexcept { return !cut && !dname; }
};

/// Goes through the owner names of a content in canonical order: below a cut comes right behind it, so one
/// name in mind says what is hidden. Borrows the content. One thread.
class NodeWalk {
 public:
  explicit NodeWalk(const Content& content) noexcept : NodeWalk(content, 0, content.rrset_count(), 0) {}
  /// Only the RRsets [begin, end): whole nodes, none below a zone cut or DNAME that stands before `begin`.
  NodeWalk(const Content& content, std::size_t begin, std::size_t end, std::size_t first_record) noexcept
      : content_(content), origin_(content.origin()), next_(begin), end_(end), record_(first_record) {}

  /// The next node; false at the end.
  bool next(ContentNode& node) noexcept {
    if (next_ == end_) return false;
    node = {content_.rrset(next_).owner, next_, next_, record_, false, std::nullopt, std::nullopt};
    bool has_ns = false;
    bool has_dname = false;
    for (; next_ < end_; ++next_) {
      const RRsetView rrset = content_.rrset(next_);
      if (rrset.owner != node.owner) break;
      has_ns = has_ns || rrset.type == RRType::ns;
      has_dname = has_dname || rrset.type == RRType::dname;
      record_ += rrset.rdatas.size();
    }
    node.end = next_;
    if (cut_ && !node.owner.is_at_or_below(*cut_)) cut_.reset();
    if (dname_ && !node.owner.is_at_or_below(*dname_)) dname_.reset();
    node.cut = cut_;
    node.dname = dname_;
    node.is_cut = has_ns && node.owner != origin_;
    if (!cut_ && node.is_cut) cut_ = node.owner;
    if (!dname_ && !cut_ && has_dname) dname_ = node.owner;  // at or below a cut it is the child's
    return true;
  }

 private:
  const Content& content_;
  NameView origin_;
  std::size_t next_;
  std::size_t end_;
  std::size_t record_;
  std::optional<NameView> cut_;
  std::optional<NameView> dname_;
};

/// The place in [begin, end) of what has this type (covered: of RRSIG), or `end`: by halving, because the
/// RRsets of a node ascend by type and covered. `kind_of` gives the two of a place.
template <class KindOf>
[[nodiscard]] std::size_t find_kind(std::size_t begin, std::size_t end, RRType type, RRType covered,
                                    KindOf kind_of) {
  const std::pair wanted(type, covered);
  const std::size_t none = end;
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    const std::pair<RRType, RRType> there = kind_of(middle);
    if (there == wanted) return middle;
    (there < wanted ? begin : end) = there < wanted ? middle + 1 : middle;
  }
  return none;
}

/// The first place of (before, end] that is not before what is looked for, `before` being so, or `end`: in
/// steps that double, so that what is near takes few looks, and nothing takes more than twice those of
/// halving.
template <class IsBefore>
[[nodiscard]] std::size_t first_not_before(std::size_t before, std::size_t end, IsBefore is_before) {
  std::size_t step = 1;
  while (step < end - before && is_before(before + step)) {
    before += step;
    step *= 2;
  }
  end = std::min(before + step, end);
  while (end - before > 1) {
    const std::size_t middle = before + (end - before) / 2;
    (is_before(middle) ? before : end) = middle;
  }
  return end;
}

/// The RRset of the node that has this type (covered: of RRSIG).
[[nodiscard]] inline std::optional<RRsetView> find_rrset(const Content& content, const ContentNode& node,
                                                         RRType type, RRType covered = {}) {
  const std::size_t at = find_kind(node.begin, node.end, type, covered, [&content](std::size_t i) {
    const RRsetView there = content.rrset(i);
    return std::pair(there.type, there.covered);
  });
  return at == node.end ? std::nullopt : std::optional(content.rrset(at));
}

/// Whether nothing but NSEC3 and its signatures stands here: then it is no name of the zone (RFC 5155 §7.1).
[[nodiscard]] inline bool is_only_nsec3(const Content& content, const ContentNode& node) noexcept {
  bool has_nsec3 = false;
  for (std::size_t i = node.begin; i < node.end; ++i) {
    const RRsetView rrset = content.rrset(i);
    if (rrset.type == RRType::nsec3)
      has_nsec3 = true;
    else if (rrset.type != RRType::rrsig)
      return false;
  }
  return has_nsec3;
}

}  // namespace doors
