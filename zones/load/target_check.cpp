#include "zones/load/target_check.h"

#include "zones/dns/rdata.h"

namespace doors {

void TargetCheck::check(const RRsetView& rrset, std::size_t record, std::size_t place) {
  if (rrset.type != RRType::ns && rrset.type != RRType::mx && rrset.type != RRType::srv) return;
  near_ = place;
  for (const Octets rdata : rrset.rdatas) {
    const NameView target = trusted_rdata_names(rrset.type, rdata).at[0].name;
    if (target.is_at_or_below(origin_)) {
      if (rrset.type == RRType::ns) {
        check_name_server(rrset.owner, record, target);
      } else {
        check_host(rrset, record, target);
      }
    }
    ++record;
  }
}

void TargetCheck::check_name_server(NameView owner, std::size_t record, NameView target) {
  switch (look_up(target, owner)) {
    case Target::address:
    case Target::unknown:
      return;
    case Target::alias:
      return notes_.warn(owner, record, "NS leads to the alias " + target.to_string());
    case Target::none:
      const bool is_glue = owner != origin_ && target.is_at_or_below(owner);
      return notes_.warn(owner, record,
                         (is_glue ? "missing glue: no address for " : "no address for the name server ") +
                             target.to_string());
  }
}

void TargetCheck::check_host(const RRsetView& rrset, std::size_t record, NameView target) {
  const Target found = look_up(target, rrset.owner);
  if (found == Target::alias) {
    notes_.warn(rrset.owner, record, to_string(rrset.type) + " leads to the alias " + target.to_string());
  } else if (found == Target::none) {
    notes_.warn(rrset.owner, record,
                to_string(rrset.type) + " leads to " + target.to_string() + ", which has no address");
  }
}

std::size_t TargetCheck::place_of(NameView target) const {
  const auto is_before = [&](std::size_t i) { return content_.rrset(i).owner.canonical_compare(target) < 0; };
  if (!is_before(near_)) return content_.lower_bound(target);
  return first_not_before(near_, content_.rrset_count(), is_before);
}

TargetCheck::Target TargetCheck::look_up(NameView target, NameView asking) const {
  bool alias = false;
  for (std::size_t i = place_of(target); i < content_.rrset_count(); ++i) {
    const RRsetView rrset = content_.rrset(i);
    if (rrset.owner != target || rrset.type > RRType::aaaa) break;
    if (rrset.type == RRType::a || rrset.type == RRType::aaaa) return Target::address;
    alias = alias || rrset.type == RRType::cname;
  }
  if (alias) return Target::alias;
  for (NameView above = target; above.size() > origin_.size(); above = above.parent()) {
    if (above != asking && content_.find(above, RRType::ns)) return Target::unknown;
    if (content_.find(above, RRType::dname)) return Target::unknown;
    const auto wildcard = Name::join(octets_of(std::string_view("\1*", 2)), above.parent());
    if (!wildcard) continue;
    if (content_.find(*wildcard, RRType::a) || content_.find(*wildcard, RRType::aaaa)) return Target::address;
    if (content_.find(*wildcard, RRType::cname)) return Target::alias;
  }
  return Target::none;
}

}  // namespace doors
