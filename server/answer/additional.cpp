#include "server/answer/additional.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "server/answer/service.h"
#include "zones/base/unset.h"
#include "zones/dns/rdata.h"
#include "zones/image/layout.h"

namespace doors {

namespace {

enum class Outcome : std::uint8_t { complete, incomplete };

/// Of an answer's targets so many get their addresses told: nobody asks more mail servers.
constexpr std::size_t max_helped_targets = 64;

/// Writes addresses of one PlannedAddresses, kind by kind.
class AddressWriter {
 public:
  AddressWriter(const AnswerPlan& plan, std::size_t which, ResponseWriter& writer) noexcept
      : plan_(plan),
        addresses_(plan.addresses()[which]),
        earlier_(plan.addresses().first(which)),
        writer_(writer) {}

  /// Whether the node is the delegated name or below it: its addresses are in-domain glue (RFC 9499 §7).
  [[nodiscard]] bool is_in_domain(NodeView node) const noexcept {
    return addresses_.cut && (node == addresses_.cut || node.cover() == addresses_.cut);
  }

  /// The addresses of one type of all targets that are in-domain, or of all that are not. An RRset that does
  /// not fit is left out, and the next one tried.
  Outcome write(RRType type, bool in_domain) noexcept {
    Outcome outcome = Outcome::complete;
    for (std::size_t i = 0; i < addresses_.targets.size(); ++i) {  // at most one per record of the RRset
      const std::uint32_t reference = addresses_.targets[i];
      const NodeView node = addresses_.zone->node(reference);
      if (is_in_domain(node) != in_domain || !is_wanted(node, reference)) continue;
      ImageRRset rrset;
      if (!node.rrset(type, rrset) || is_planned(node, rrset)) continue;
      const Octets signatures = plan_.with_dnssec() ? rrset.signatures : Octets{};
      Owner owner{node.name(), i < offsets_.size() ? offsets_[i] : std::uint16_t{0}};
      if (!writer_.rrset(MessageSection::additional, owner, type, rrset.records, signatures)) {
        outcome = Outcome::incomplete;
      }
      if (i < offsets_.size()) offsets_[i] = owner.offset;
    }
    return outcome;
  }

  [[nodiscard]] bool has_in_domain() const noexcept {
    return addresses_.cut &&
           std::any_of(addresses_.targets.begin(), addresses_.targets.end(),
                       [this](auto reference) { return is_in_domain(addresses_.zone->node(reference)); });
  }

 private:
  /// Data of another zone is told as glue only where a delegation or the zone's own NS needs it; what was
  /// named before (by an answer, which needs no glue) is there already.
  [[nodiscard]] bool is_wanted(NodeView node, std::uint32_t reference) const noexcept {
    if (node.is_occluded() || node.is_zone_cut()) return addresses_.with_glue;
    return std::none_of(earlier_.begin(), earlier_.end(), [reference](const PlannedAddresses& other) {
      return std::find(other.targets.begin(), other.targets.end(), reference) != other.targets.end();
    });
  }
  /// Whether the answer section has it already.
  [[nodiscard]] bool is_planned(NodeView node, const ImageRRset& rrset) const noexcept {
    return std::any_of(plan_.rrsets().begin(), plan_.rrsets().end(), [&](const PlannedRRset& planned) {
      return planned.rrset.records.data() == rrset.records.data() && planned.owner.name == node.name();
    });
  }

  const AnswerPlan& plan_;
  const PlannedAddresses& addresses_;
  std::span<const PlannedAddresses> earlier_;
  ResponseWriter& writer_;
  std::array<std::uint16_t, 32> offsets_{};  // of the first targets' names in the message, once written
};

/// A target that does not stand in the zone, but that a wildcard gives addresses, is not among those the
/// image knows: it is looked up here. Only of the first few such targets, and of the types whose addresses
/// askers want.
void add_wildcard_addresses(const ZoneImage& zone, const ImageRRset& answer, AnswerPlan& plan) noexcept {
  if (answer.type != RRType::ns && answer.type != RRType::mx && answer.type != RRType::srv) return;
  if (answer.targets.size() >= answer.count) return;
  std::size_t looked_up = 0;
  const std::byte* at = answer.records.data();
  for (unsigned i = 0; i < answer.count && looked_up < AnswerPlan::max_service_targets; ++i) {
    const Octets rdata(at + layout::block::record_header, load_u16(at + 8));
    at = rdata.data() + rdata.size();
    const NameView name = NameView::trusted(rdata.subspan(rdata_shape(answer.type).fixed_octets));
    if (!name.is_at_or_below(zone.origin())) continue;
    ++looked_up;
    DOORS_UNSET HashedName target;
    target.assign(name, zone.deepest_labels());
    const Lookup found = zone.lookup(target);
    if (found.kind != Lookup::Kind::wildcard) continue;
    ImageRRset rrset;
    for (const RRType type : {RRType::a, RRType::aaaa}) {
      if (found.node.rrset(type, rrset)) plan.add(MessageSection::additional, {name, 0}, rrset, true);
    }
  }
}

}  // namespace

void complete_positive(const ZoneImage& zone, const ImageRRset& answer, NodeView node,
                       AnswerPlan& plan) noexcept {
  // Who asks for all there is, or for signatures, gets little (RFC 8482).
  if (plan.type() == RRType::any || plan.type() == RRType::rrsig) return;
  const auto first_of = [](std::span<const std::uint32_t> targets) {
    return targets.first(std::min(targets.size(), max_helped_targets));
  };
  plan.add_addresses({&zone, first_of(answer.targets), NodeView(), answer.type == RRType::ns});
  add_wildcard_addresses(zone, answer, plan);
  if (answer.type == RRType::svcb || answer.type == RRType::https) {
    complete_service(zone, answer, plan.sname_owner(), node, plan);
  }
  if (plan.type() == RRType::dnskey || plan.type() == RRType::ds) return;  // large: nobody misses the rest
  ImageRRset ns;
  if (zone.apex().rrset(RRType::ns, ns) &&
      plan.add(MessageSection::authority, plan.owner_above(zone.origin()), ns, true)) {
    plan.add_addresses({&zone, first_of(ns.targets), NodeView(), true});
  }
}

bool write_addresses(const AnswerPlan& plan, bool ipv6_first, ResponseWriter& writer) noexcept {
  const RRType first = ipv6_first ? RRType::aaaa : RRType::a;
  const RRType second = ipv6_first ? RRType::a : RRType::aaaa;
  const std::size_t count = plan.addresses().size();  // of a referral 1, of an answer 2 at most
  assert(count >= 1 && count <= 2);
  AddressWriter front(plan, 0, writer);
  AddressWriter back(plan, count - 1, writer);
  if (front.has_in_domain()) {
    // RFC 9471 §3.1: all of it, or TC.
    if (front.write(first, true) == Outcome::incomplete) return false;
    if (front.write(second, true) == Outcome::incomplete) return false;
  }
  bool room = true;
  for (const RRType type : {first, second}) {
    if (front.write(type, false) == Outcome::incomplete) room = false;
    if (count == 2 && back.write(type, false) == Outcome::incomplete) room = false;
    if (!room) break;
  }
  // A referral that names servers whose addresses are here, but gives none of them, leads nowhere.
  return room || writer.count(MessageSection::additional) > 0 || !plan.addresses().front().cut;
}

}  // namespace doors
