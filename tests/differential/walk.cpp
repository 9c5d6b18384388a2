#include "tests/differential/walk.h"

#include <algorithm>

#include "server/answer/referral.h"
#include "zones/dns/hashed_name.h"

namespace doors::test {

namespace {

NameView view_of_name(const std::string& wire) { return NameView::trusted(octets_of(wire)); }
std::string lowered_wire(NameView name) { return lowered(std::string(text_of(name.wire()))); }

bool is_hash(NameView name) {
  const std::string_view label = text_of(name.first_label());
  return label.size() == 32 && std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'v');
         });
}

/// The records of an address RRset, as set_of() writes them.
void insert_records(const std::string& owner, const ImageRRset& rrset, RecordSet& set) {
  for (std::size_t at = 0; at < rrset.records.size();) {
    const std::size_t length = load_u16(&rrset.records[at + 8]);
    Record record;
    record.owner = owner;
    record.type = raw(rrset.type);
    record.rr_class = raw(RRClass::in);
    record.ttl = rrset.ttl.raw();
    record.rdata = text_of(rrset.records.subspan(at + 10, length));
    set.merge(set_of({record}));
    at += 10 + length;
  }
}

Lookup look_up(const Place& place) { return place.zone->lookup(HashedName(view_of_name(place.name))); }

/// Whether some other zone has the name, or its origin is at or below it.
bool another_has(const Place& place, NameView name) {
  const HashedName hashed(name);
  const std::size_t count = hashed.label_count();
  std::size_t labels = count;
  while (const ZoneImage* const above = place.zones.find(hashed, labels)) {
    if (above != place.zone && above->find(hashed, count)) return true;
    if (above->origin_labels() == 0) break;
    labels = above->origin_labels() - 1;
  }
  const auto& images = place.zones.images();  // by origin: what is below the name comes at once behind it
  const auto next = std::partition_point(images.begin(), images.end(), [name](const auto& image) {
    return image->origin().canonical_compare(name) < 0;
  });
  return next != images.end() && (*next)->origin().is_at_or_below(name);
}

}  // namespace

Chain chain_of(const Question& question, const Reply& reply) {
  Chain chain;
  chain.names.push_back(lowered_wire(question.name));
  for (;;) {
    const auto alias = std::find_if(reply.answer.begin(), reply.answer.end(), [&](const Record& record) {
      return record.type == raw(RRType::cname) && lowered(record.owner) == chain.end();
    });
    if (alias == reply.answer.end() || question.type == RRType::cname) return chain;
    const std::string target = lowered(alias->rdata);
    chain.loops = std::find(chain.names.begin(), chain.names.end(), target) != chain.names.end();
    if (chain.loops) return chain;
    chain.names.push_back(target);
  }
}

Place place_of(const ZoneSet& zones, const std::string& name, RRType type) {
  return {zones, zone_for(zones, HashedName(view_of_name(name)), type), name};
}

std::optional<std::size_t> crossing_of(const ZoneSet& zones, const Chain& chain, RRType type) {
  const auto zone_of = [&](const std::string& name) { return place_of(zones, name, type).zone; };
  for (std::size_t i = 1; i < chain.names.size(); ++i) {
    const ZoneImage* const to = zone_of(chain.names[i]);
    if (to != nullptr && to != zone_of(chain.names[i - 1])) return i;
  }
  return std::nullopt;
}

RecordSet in_domain_glue(const ZoneSet& zones, const Origins& origins, const Reply& referral) {
  RecordSet glue;
  for (const Record& record : referral.authority) {
    if (record.type != raw(RRType::ns) || origins.count(lowered(record.owner)) != 0) continue;
    const std::string target = lowered(record.rdata);
    if (!view_of_name(target).is_at_or_below(view_of_name(record.owner))) continue;
    const ZoneImage* const zone = place_of(zones, target, RRType::a).zone;
    const HashedName hashed(view_of_name(target));
    const NodeView node = zone == nullptr ? NodeView() : zone->find(hashed, hashed.label_count());
    ImageRRset rrset;
    for (const RRType type : {RRType::a, RRType::aaaa}) {
      if (node && node.rrset(type, rrset)) insert_records(target, rrset, glue);
    }
  }
  return glue;
}

bool is_known_to_another_zone(const Place& place) {
  if (place.zone == nullptr) return false;
  const auto only_another_has = [&place](NameView name) {
    const HashedName hashed(name);
    return !place.zone->find(hashed, hashed.label_count()) && another_has(place, name);
  };
  for (NameView at = view_of_name(place.name); at.size() > place.zone->origin().size(); at = at.parent()) {
    const auto wildcard = Name::join(octets_of(std::string_view("\1*", 2)), at.parent());
    if (only_another_has(at) || (wildcard && only_another_has(*wildcard))) return true;
  }
  return false;
}

bool is_at_hashed_owner(const Place& place) {
  if (place.zone == nullptr || place.zone->denial() != ZoneImage::Denial::nsec3) return false;
  const NameView name = view_of_name(place.name);
  return name.label_count() > place.zone->origin_labels() &&
         is_hash(name.suffix(place.zone->origin_labels() + 1));
}

bool is_opted_out(const Place& place) {
  if (place.zone == nullptr || place.zone->denial() != ZoneImage::Denial::nsec3) return false;
  const Lookup found = look_up(place);
  const NodeView node = found.closest_encloser ? found.closest_encloser : found.node;
  return node && !node.nsec3_match();
}

bool is_at_wildcard(const Place& place) {
  return place.zone != nullptr && look_up(place).kind == Lookup::Kind::wildcard;
}

bool is_at_empty_wildcard(const Place& place) {
  return is_at_wildcard(place) && look_up(place).node.is_empty_non_terminal();
}

bool has_octet_zero(const Place& place) {
  for (std::size_t i = 0; place.zone != nullptr && i < place.zone->node_count(); ++i) {
    const std::string_view name = text_of(place.zone->node_in_order(i).name().wire());
    if (name.find('\0') + 1 < name.size()) return true;
  }
  return false;
}

bool has_both_chains(const Place& place) {
  return place.zone != nullptr && place.zone->denial() == ZoneImage::Denial::nsec3 &&
         place.zone->apex().has(RRType::nsec);
}

bool is_signed_in_part(const Place& place) {
  if (place.zone == nullptr || !place.zone->apex().has(RRType::dnskey)) return false;
  if (place.zone->denial() == ZoneImage::Denial::none) return true;
  for (std::size_t i = 0; i < place.zone->node_count(); ++i) {
    const NodeView node = place.zone->node_in_order(i);
    for (std::size_t k = 0; k < node.rrset_count() && !node.is_occluded(); ++k) {
      const ImageRRset rrset = node.rrset_at(k);
      const bool is_parents = !node.is_zone_cut() || rrset.type == RRType::ds || rrset.type == RRType::nsec;
      if (is_parents && rrset.signature_count == 0) return true;
    }
  }
  return false;
}

}  // namespace doors::test
