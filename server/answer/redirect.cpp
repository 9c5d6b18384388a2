#include "server/answer/redirect.h"

#include "zones/image/layout.h"

namespace doors {

namespace {

/// The name that a CNAME's or DNAME's first record points to, which is all of its RDATA; there is just one
/// record (the zone was checked).
NameView target_of(const ImageRRset& rrset) noexcept {
  const std::byte* const record = rrset.records.data();
  return NameView::trusted({record + layout::block::record_header, load_u16(record + 8)});
}

}  // namespace

Step follow_cname(const ImageRRset& cname, AnswerPlan& plan) noexcept {
  plan.add(MessageSection::answer, plan.sname_owner(), cname);
  return plan.follow(target_of(cname));
}

Step follow_dname(NodeView owner, AnswerPlan& plan) noexcept {
  ImageRRset dname;
  if (!owner.rrset(RRType::dname, dname)) return Step::done;
  const NameView owner_name = owner.name();
  plan.add(MessageSection::answer, plan.owner_above(owner_name), dname);

  const Octets sname = plan.sname().view().wire();
  const auto target = Name::join(sname.first(sname.size() - owner_name.size()), target_of(dname));
  if (!target) {  // RFC 6672 §2.2
    plan.rcode = Rcode::yxdomain;
    return Step::done;
  }
  const NameView kept = plan.add_synthesized_cname(*target, dname.ttl);
  if (plan.type() == RRType::cname) return Step::done;  // asked for just that
  return plan.follow(kept);
}

}  // namespace doors
