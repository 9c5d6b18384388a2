#include "server/answer/denial.h"

#include "zones/dns/nsec3_hash.h"

namespace doors {

namespace {

using Denial = ZoneImage::Denial;

/// Which records prove absence in this response; none without DO.
Denial proofs_of(const ZoneImage& zone, const AnswerPlan& plan) noexcept {
  if (!plan.with_dnssec()) return Denial::none;
  const Denial denial = zone.denial();
  return denial == Denial::nsec && !is_signed(zone) ? Denial::none : denial;
}

void add_soa(const ZoneImage& zone, AnswerPlan& plan) noexcept {
  plan.add(MessageSection::authority, plan.owner_above(zone.origin()), zone.negative_soa());
}

void add_denial(NodeView node, RRType type, AnswerPlan& plan) noexcept {
  ImageRRset rrset;
  if (node && node.rrset(type, rrset)) plan.add(MessageSection::authority, {node.name(), 0}, rrset);
}

// --- NSEC (RFC 4035 §3.1.3)

/// The NSEC that covers the current name, which does not exist.
void add_nsec_cover(const ZoneImage& zone, AnswerPlan& plan) noexcept {
  const DenialSearch* const ahead = plan.searched_ahead();
  add_denial(ahead != nullptr ? ahead->found().node : zone.nsec_at_or_before(plan.sname().view()),
             RRType::nsec, plan);
}

/// The NSEC at a node, or where it has none, the one that covers it: it is an empty non-terminal then.
void add_nsec_of(const ZoneImage& zone, NodeView node, AnswerPlan& plan) noexcept {
  add_denial(node.has(RRType::nsec) ? node : zone.nsec_at_or_before(node.name()), RRType::nsec, plan);
}

// --- NSEC3 (RFC 5155 §7.2)

void add_nsec3(NodeView node, AnswerPlan& plan) noexcept { add_denial(node, RRType::nsec3, plan); }

/// The NSEC3 that covers the current name's suffix of so many labels, which does not exist: the next closer
/// name. If its hash is that of a name that does, nothing can be proved: SERVFAIL (RFC 5155 §7.2.9).
void add_nsec3_cover(const ZoneImage& zone, std::size_t labels, AnswerPlan& plan) noexcept {
  ZoneImage::Nsec3Found found;
  if (const DenialSearch* const ahead = plan.searched_ahead()) {
    found = ahead->found();
  } else {
    const ZoneImage::Nsec3Params params = zone.nsec3_params();
    found = zone.nsec3_at_or_before(nsec3_hash(plan.sname().suffix(labels), params.iterations, params.salt));
  }
  if (found.matches) return plan.fail();
  add_nsec3(found.node, plan);
}

/// RFC 5155 §7.2.1, the closest encloser proof: the NSEC3 of the closest provable encloser of the current
/// name and the one that covers the next closer name. `node` is the name or its closest encloser; opt-out may
/// have left it and ancestors of it without an NSEC3 (§1.3), of which the topmost is the next closer name
/// then. Gives the provable encloser, or none if not even the apex is one: then nothing can be proved. At
/// most 127 steps.
NodeView add_encloser_proof(const ZoneImage& zone, NodeView node, AnswerPlan& plan) noexcept {
  const HashedName& sname = plan.sname();
  NodeView next_closer;
  std::size_t labels = node.label_count();
  for (; node && !node.nsec3_match(); node = zone.find(sname, --labels)) next_closer = node;
  if (!node) return {};
  add_nsec3(node.nsec3_match(), plan);
  if (next_closer) {
    add_nsec3(next_closer.nsec3_cover(), plan);
  } else {  // `node` is an ancestor: a name that has an NSEC3 of its own needs no such proof
    add_nsec3_cover(zone, labels + 1, plan);
  }
  return node;
}

/// RFC 5155 §7.2.3, §7.2.4, §7.2.7: the NSEC3 of a name that exists; where opt-out left it out, because it is
/// an insecure delegation or an empty non-terminal above only such (erratum 3441), the closest encloser
/// proof.
void add_nsec3_of(const ZoneImage& zone, NodeView node, AnswerPlan& plan) noexcept {
  if (const NodeView match = node.nsec3_match()) {
    add_nsec3(match, plan);
  } else {
    add_encloser_proof(zone, node, plan);
  }
}

/// The closest encloser proof, and the NSEC3 that matches or covers the wildcard below that encloser (RFC
/// 5155 §7.2.2 and §7.2.5).
void add_encloser_and_wildcard(const ZoneImage& zone, NodeView encloser, AnswerPlan& plan) noexcept {
  const NodeView provable = add_encloser_proof(zone, encloser, plan);
  if (provable) add_nsec3(provable.nsec3_of_wildcard(), plan);
}

}  // namespace

bool is_signed(const ZoneImage& zone) noexcept { return zone.negative_soa().signature_count > 0; }

void deny_name(const ZoneImage& zone, const Lookup& found, AnswerPlan& plan) noexcept {
  plan.rcode = Rcode::nxdomain;
  add_soa(zone, plan);
  switch (proofs_of(zone, plan)) {
    case Denial::none:
      return;
    case Denial::nsec:
      add_nsec_cover(zone, plan);
      add_denial(found.closest_encloser.nsec_of_wildcard(), RRType::nsec, plan);
      return;
    case Denial::nsec3:
      add_encloser_and_wildcard(zone, found.closest_encloser, plan);
      return;
  }
}

void deny_type(const ZoneImage& zone, const Lookup& found, AnswerPlan& plan) noexcept {
  add_soa(zone, plan);
  const bool by_wildcard = found.kind == Lookup::Kind::wildcard;
  switch (proofs_of(zone, plan)) {
    case Denial::none:
      return;
    case Denial::nsec:
      add_nsec_of(zone, found.node, plan);
      if (by_wildcard) add_nsec_cover(zone, plan);  // RFC 4035 §3.1.3.4
      return;
    case Denial::nsec3:
      if (by_wildcard)
        add_encloser_and_wildcard(zone, found.closest_encloser, plan);
      else
        add_nsec3_of(zone, found.node, plan);
      return;
  }
}

void prove_nothing_closer(const ZoneImage& zone, const Lookup& found, AnswerPlan& plan) noexcept {
  switch (proofs_of(zone, plan)) {
    case Denial::none:
      return;
    case Denial::nsec:
      add_nsec_cover(zone, plan);
      return;
    case Denial::nsec3:
      add_nsec3_cover(zone, found.encloser_labels + 1, plan);
      return;
  }
}

void prove_no_ds(const ZoneImage& zone, NodeView cut, AnswerPlan& plan) noexcept {
  switch (proofs_of(zone, plan)) {
    case Denial::none:
      return;
    case Denial::nsec:
      add_denial(cut, RRType::nsec, plan);
      return;
    case Denial::nsec3:
      add_nsec3_of(zone, cut, plan);
      return;
  }
}

}  // namespace doors
