#include "server/answer/redirect.h"

namespace doors {

namespace {

/// The name that a CNAME's or DNAME's first record points to; there is just one record (the zone was
/// checked).
NameView target_of(const ImageRRset& rrset) noexcept {
  constexpr std::size_t before_rdata = 10;
  return NameView::trusted_at(rrset.records.data() + before_rdata);
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
