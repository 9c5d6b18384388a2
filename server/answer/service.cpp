#include "server/answer/service.h"

#include "zones/base/unset.h"
#include "zones/image/layout.h"

namespace doors {

namespace {

/// An RRset whose targets are wanted, and whose "." stands for its own owner.
struct Service {
  ImageRRset rrset;
  Owner owner;
  NodeView node;
};

/// Targets looked at, all in all: a bound on the work of one question, more than any service has.
constexpr std::size_t max_targets = AnswerPlan::max_service_targets;

/// The target of one record: a node of this zone, or none. `owner` becomes its name.
NodeView target_of(const ZoneImage& zone, const Service& service, Octets rdata, Owner& owner) noexcept {
  const bool is_alias = load_u16(rdata.data()) == 0;  // SvcPriority
  const NameView name = NameView::trusted_at(rdata.data() + 2);
  if (name.is_root()) {  // RFC 9460 §2.5: the owner itself, or of an alias that there is no service
    owner = service.owner;
    return is_alias ? NodeView() : service.node;
  }
  if (!name.is_at_or_below(zone.origin())) return {};
  DOORS_UNSET HashedName target;
  target.assign(name, zone.deepest_labels());
  const Lookup found = zone.lookup(target);
  switch (found.kind) {
    case Lookup::Kind::exact:
      owner = {found.node.name(), 0};
      return found.node;
    case Lookup::Kind::wildcard:
      owner = {name, 0};
      return found.node;
    default:
      return {};
  }
}

}  // namespace

void complete_service(const ZoneImage& zone, const ImageRRset& answer, Owner owner, NodeView node,
                      AnswerPlan& plan) noexcept {
  FixedList<Service, max_targets + 1>
      services;  // the answer, then the targets' own, in the order they are met
  services.push({answer, owner, node});
  std::size_t targets = 0;
  for (std::size_t i = 0; i < services.size(); ++i) {
    const Service service = services[i];
    const std::byte* at = service.rrset.records.data();
    for (unsigned record = 0; record < service.rrset.count && targets < max_targets; ++record, ++targets) {
      const Octets rdata(at + layout::block::record_header, load_u16(at + 8));
      at = rdata.data() + rdata.size();
      Owner target_owner;
      const NodeView target = target_of(zone, service, rdata, target_owner);
      if (!target) continue;
      ImageRRset found;
      for (const RRType type : {RRType::a, RRType::aaaa}) {
        if (target.rrset(type, found)) plan.add(MessageSection::additional, target_owner, found, true);
      }
      if (target.rrset(answer.type, found) &&
          plan.add(MessageSection::additional, target_owner, found, true)) {
        services.push({found, target_owner, target});
      }
    }
  }
}

}  // namespace doors
