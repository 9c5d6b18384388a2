#include "server/answer/denial.h"

#include <optional>

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
  plan.add(Section::authority, plan.owner_above(zone.origin()), zone.negative_soa());
}

void add_denial(NodeView node, RRType type, AnswerPlan& plan) noexcept {
  ImageRRset rrset;
  if (node && node.rrset(type, rrset)) plan.add(Section::authority, {node.name(), 0}, rrset);
}

// ---- NSEC (RFC 4035 §3.1.3)
// -------------------------------------------------------------------------------------

/// The NSEC at `name`, or the one that covers it.
void add_nsec(const ZoneImage& zone, NameView name, AnswerPlan& plan) noexcept {
  add_denial(zone.nsec_at_or_before(name), RRType::nsec, plan);
}

/// The NSEC that proves that `*.<encloser>` does not exist.
void add_nsec_of_wildcard(const ZoneImage& zone, NameView encloser, AnswerPlan& plan) noexcept {
  constexpr std::array<std::byte, 2> asterisk{std::byte{1}, std::byte{'*'}};
  // It fits: a name below the encloser was asked for, and its first label is no shorter than "*".
  if (const auto wildcard = Name::join(asterisk, encloser)) add_nsec(zone, *wildcard, plan);
}

// ---- NSEC3 (RFC 5155 §7.2)
// --------------------------------------------------------------------------------------

void add_nsec3(NodeView node, AnswerPlan& plan) noexcept { add_denial(node, RRType::nsec3, plan); }

/// The NSEC3 that covers `name`, which does not exist. If its hash is that of a name that does, nothing can
/// be proved: SERVFAIL (RFC 5155 §7.2.9).
void add_nsec3_cover(const ZoneImage& zone, NameView name, AnswerPlan& plan) noexcept {
  const ZoneImage::Nsec3Params params = zone.nsec3_params();
  const auto found = zone.nsec3_at_or_before(nsec3_hash(name, params.iterations, params.salt));
  if (found.matches) return plan.fail();
  add_nsec3(found.node, plan);
}

/// An ancestor that has an NSEC3, and how many labels it has.
struct Provable {
  NodeView node;
  std::size_t labels = 0;
};

/// The closest provable encloser (RFC 5155 §1.3): `node`, which is the current name or an ancestor of it, or
/// the first above it that opt-out left an NSEC3 to. At most 127 steps.
std::optional<Provable> closest_provable(const ZoneImage& zone, NodeView node, AnswerPlan& plan) noexcept {
  std::size_t labels = node.label_count();
  while (!node.nsec3_match()) {
    if (labels == zone.origin_labels()) return std::nullopt;
    node = zone.find(plan.sname(), --labels);
    if (!node) return std::nullopt;
  }
  return Provable{node, labels};
}

/// RFC 5155 §7.2.1, the closest encloser proof: the NSEC3 of the closest provable encloser of the current
/// name, from `node` upwards, and the one that covers the next closer name.
std::optional<Provable> add_encloser_proof(const ZoneImage& zone, NodeView node, AnswerPlan& plan) noexcept {
  const auto encloser = closest_provable(zone, node, plan);
  if (!encloser) return std::nullopt;  // not even the apex: the chain is broken, and nothing can be proved
  add_nsec3(encloser->node.nsec3_match(), plan);
  if (encloser->labels < plan.sname().label_count()) {
    add_nsec3_cover(zone, plan.sname().suffix(encloser->labels + 1), plan);
  }
  return encloser;
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

}  // namespace

bool is_signed(const ZoneImage& zone) noexcept { return zone.negative_soa().signature_count > 0; }

void deny_name(const ZoneImage& zone, const Lookup& found, AnswerPlan& plan) noexcept {
  plan.rcode = Rcode::nxdomain;
  add_soa(zone, plan);
  switch (proofs_of(zone, plan)) {
    case Denial::none:
      return;
    case Denial::nsec:
      add_nsec(zone, plan.sname().view(), plan);
      add_nsec_of_wildcard(zone, found.closest_encloser.name(), plan);
      return;
    case Denial::nsec3:
      if (const auto encloser = add_encloser_proof(zone, found.closest_encloser, plan)) {
        add_nsec3(encloser->node.nsec3_of_wildcard(), plan);
      }
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
      add_nsec(zone, found.node.name(), plan);
      if (by_wildcard) add_nsec(zone, plan.sname().view(), plan);  // RFC 4035 §3.1.3.4
      return;
    case Denial::nsec3:
      if (!by_wildcard) {
        add_nsec3_of(zone, found.node, plan);
      } else if (const auto encloser =
                     add_encloser_proof(zone, found.closest_encloser, plan)) {  // RFC 5155 §7.2.5
        add_nsec3(encloser->node.nsec3_of_wildcard(), plan);
      }
      return;
  }
}

void prove_nothing_closer(const ZoneImage& zone, const Lookup& found, AnswerPlan& plan) noexcept {
  switch (proofs_of(zone, plan)) {
    case Denial::none:
      return;
    case Denial::nsec:
      add_nsec(zone, plan.sname().view(), plan);
      return;
    case Denial::nsec3:
      add_nsec3_cover(zone, plan.sname().suffix(found.encloser_labels + 1), plan);
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
