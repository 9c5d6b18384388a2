#include "server/answer/referral.h"

#include "server/answer/denial.h"

namespace doors {

Step refer(const ZoneImage& zone, NodeView cut, AnswerPlan& plan) noexcept {
  const Owner owner = plan.owner_above(cut.name());
  ImageRRset rrset;
  if (cut.rrset(RRType::ns, rrset)) {
    plan.add(MessageSection::authority, owner, rrset);
    plan.add_addresses({&zone, rrset.targets, cut, true});
  }
  if (!plan.with_dnssec() || !is_signed(zone)) return Step::done;
  if (cut.rrset(RRType::ds, rrset)) {
    plan.add(MessageSection::authority, owner, rrset);
  } else {
    prove_no_ds(zone, cut, plan);
  }
  return Step::done;
}

const ZoneImage* zone_for(const ZoneSet& zones, const HashedName& name, RRType type) noexcept {
  const ZoneImage* const zone = zones.find(name);
  if (type != RRType::ds || zone == nullptr) return zone;
  const std::size_t labels = name.label_count();
  if (zone->origin_labels() != labels || labels == 0) return zone;
  const ZoneImage* const above = zones.find(name, labels - 1);
  if (above == nullptr) return zone;
  // A zone further up that delegates the parent away cannot tell either: then the child says NODATA.
  const Lookup found = above->lookup(name);
  return found.kind == Lookup::Kind::zone_cut && !found.exact ? zone : above;
}

}  // namespace doors
