#include "sync/xfr/catalog.h"

#include <utility>

#include "zones/dns/wire_reader.h"

namespace doors::xfr {

namespace {

/// The one string of a TXT record, its pieces joined.
std::string text_in(Octets rdata) {
  std::string text;
  WireReader reader(rdata);
  while (reader.ok() && reader.remaining() > 0) text += text_of(reader.octets(reader.u8()));
  return text;
}

std::optional<Name> name_in(Octets rdata) {
  WireReader reader(rdata);
  auto name = Name::read(reader);
  if (!name) return std::nullopt;
  name->make_canonical();
  return *name;
}

std::string label_of(NameView name) {
  Name canonical(name);
  canonical.make_canonical();
  return std::string(text_of(canonical.view().first_label()));
}

Unexpected<Error> broken(const std::string& why, NameView at) {
  return failure("the catalog is broken: " + why + " at " + at.to_string());
}

/// The properties of one member node, or null: where they are noted.
struct Node {
  std::optional<Name> zone;
  CatalogMember member;
};

}  // namespace

Result<CatalogMembers> read_catalog(const Content& catalog, std::size_t most_zones) {
  const NameView apex = catalog.origin();
  const std::size_t depth = apex.label_count();
  bool right_version = false;
  std::map<std::string, Node> nodes;
  std::size_t listed = 0;
  for (std::size_t i = 0; i < catalog.rrset_count(); ++i) {
    const RRsetView rrset = catalog.rrset(i);
    const NameView owner = rrset.owner;
    const std::size_t below = owner.label_count() - depth;
    if (below == 1 && label_of(owner) == "version" && rrset.type == RRType::txt) {
      if (rrset.rdatas.size() != 1) return broken("several versions", owner);
      right_version = text_in(rrset.rdatas.front()) == "2";
      continue;
    }
    if (below < 2 || below > 3) continue;
    const NameView node_name = below == 2 ? owner : owner.parent();
    if (label_of(node_name.parent()) != "zones") continue;
    const std::string property = below == 2 ? "" : label_of(owner);
    Node& node = nodes[label_of(node_name)];
    if (rrset.type == RRType::ptr && (property.empty() || property == "coo")) {
      if (rrset.rdatas.size() != 1) return broken("several PTR records", owner);
      const auto name = name_in(rrset.rdatas.front());
      if (!name) return broken("a malformed PTR record", owner);
      (property.empty() ? node.zone : node.member.new_owner) = *name;
      if (property.empty() && ++listed > most_zones)
        return failure("the catalog lists over most_zones = " + std::to_string(most_zones) + " zones");
    } else if (rrset.type == RRType::txt && property == "group") {
      for (const Octets rdata : rrset.rdatas) node.member.groups.push_back(text_in(rdata));
    }
  }
  if (!right_version) return broken("no version 2", apex);
  CatalogMembers members;
  for (auto& [unique, node] : nodes) {
    if (!node.zone) continue;
    node.member.unique = unique;
    const auto [at, is_new] = members.try_emplace(*node.zone, std::move(node.member));
    if (!is_new) return broken("the member " + node.zone->to_string() + " is there twice,", apex);
  }
  return members;
}

}  // namespace doors::xfr
