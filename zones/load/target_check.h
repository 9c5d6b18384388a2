#pragma once

#include "zones/load/check_notes.h"
#include "zones/load/node_walk.h"

namespace doors {

/// Looks where NS, MX and SRV lead to inside their own zone, and warns of what leads to no address: an alias
/// (RFC 2181 §10.3), a host without address, missing glue. Borrows content and notes. One thread.
class TargetCheck {
 public:
  TargetCheck(const Content& content, CheckNotes& notes) noexcept
      : content_(content), notes_(notes), origin_(content.origin()) {}

  /// One RRset of type NS, MX or SRV, its first record being number `record`; nothing happens for others.
  /// `place` is that of its owner's first RRset: glue is looked for from there on.
  void check(const RRsetView& rrset, std::size_t record, std::size_t place);

 private:
  void check_name_server(NameView owner, std::size_t record, NameView target);
  void check_host(const RRsetView& rrset, std::size_t record, NameView target);

  enum class Target : std::uint8_t { address, alias, none, unknown };
  /// What this zone knows of the addresses of a name in it; unknown below a zone cut other than `asking`,
  /// where they may be at the child only.
  [[nodiscard]] Target look_up(NameView target, NameView asking) const;

  /// As Content::lower_bound(), in few steps if it is not far behind `near_`.
  [[nodiscard]] std::size_t place_of(NameView target) const;

  const Content& content_;
  CheckNotes& notes_;
  NameView origin_;
  std::size_t near_ = 0;
};

}  // namespace doors
