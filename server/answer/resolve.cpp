#include "server/answer/resolve.h"

#include "server/answer/additional.h"
#include "server/answer/denial.h"
#include "server/answer/redirect.h"
#include "server/answer/referral.h"

namespace doors {

namespace {

/// ANY gets one RRset (RFC 8482 §4.1): what an asker most likely can use, and not the bulky ones if there is
/// another.
bool pick_for_any(NodeView node, ImageRRset& picked) noexcept {
  const auto rank = [](RRType type) noexcept {
    switch (type) {
      case RRType::a:
      case RRType::aaaa:
      case RRType::soa:
      case RRType::mx:
      case RRType::ptr:
      case RRType::cname:
        return 0;
      case RRType::dnskey:
      case RRType::nsec:
        return 2;
      default:
        return 1;
    }
  };
  int best = 3;
  for (std::size_t i = 0; i < node.rrset_count() && best > 0; ++i) {  // at most one per type
    const ImageRRset rrset = node.rrset_at(i);
    if (rank(rrset.type) >= best) continue;
    best = rank(rrset.type);
    picked = rrset;
  }
  return best < 3;
}

/// RRSIG gets the signatures of one RRset, for the same reason (RFC 8482 §7: it too asks for all there is).
bool pick_signatures(NodeView node, ImageRRset& picked) noexcept {
  for (std::size_t i = 0; i < node.rrset_count(); ++i) {  // at most one per type
    const ImageRRset rrset = node.rrset_at(i);
    if (rrset.signature_count == 0) continue;
    picked = {};
    picked.type = RRType::rrsig;
    picked.count = rrset.signature_count;
    picked.ttl = rrset.ttl;
    picked.records = rrset.signatures;
    return true;
  }
  return false;
}

bool pick(NodeView node, RRType type, ImageRRset& picked) noexcept {
  switch (type) {
    case RRType::any:
      return pick_for_any(node, picked);
    case RRType::rrsig:
      return pick_signatures(node, picked);
    default:
      return node.rrset(type, picked);
  }
}

/// NSEC and RRSIG stand beside a CNAME and are the alias's own, so asking for them leads nowhere else, not
/// even where there are none (RFC 4035 §2.5).
bool is_redirected_by_cname(RRType type) noexcept { return type != RRType::nsec && type != RRType::rrsig; }

/// Authoritative data, or none, at the name itself or at the wildcard that gives it.
Step answer_at(const ZoneImage& zone, const Lookup& found, AnswerPlan& plan) noexcept {
  if (found.kind == Lookup::Kind::wildcard) prove_nothing_closer(zone, found, plan);
  if (plan.rcode == Rcode::servfail) return Step::done;
  ImageRRset rrset;
  if (pick(found.node, plan.type(), rrset)) {
    plan.add(MessageSection::answer, plan.sname_owner(), rrset);
    complete_positive(zone, rrset, found.node, plan);
    return Step::done;
  }
  if (is_redirected_by_cname(plan.type()) && found.node.rrset(RRType::cname, rrset)) {
    return follow_cname(rrset, plan);
  }
  deny_type(zone, found, plan);
  return Step::done;
}

}  // namespace

Step resolve(const ZoneImage& zone, const Lookup& found, AnswerPlan& plan) noexcept {
  const bool delegated = found.kind == Lookup::Kind::zone_cut &&
                         !(found.exact && plan.type() == RRType::ds);  // RFC 4035 §3.1.4.1
  if (!delegated && plan.at_question()) plan.authoritative = true;
  switch (found.kind) {
    case Lookup::Kind::zone_cut:
      return delegated ? refer(zone, found.node, plan) : answer_at(zone, found, plan);
    case Lookup::Kind::dname:
      return follow_dname(found.node, plan);
    case Lookup::Kind::exact:
    case Lookup::Kind::wildcard:
      return answer_at(zone, found, plan);
    case Lookup::Kind::no_such_name:
      deny_name(zone, found, plan);
      return Step::done;
  }
  __builtin_unreachable();
}

}  // namespace doors
