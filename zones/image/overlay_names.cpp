#include "zones/image/overlay_names.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "zones/base/text_encoding.h"
#include "zones/dns/nsec3_hash.h"

namespace doors {

namespace {

Unexpected<OverlayProblem> rebuild(std::string reason) {
  return Unexpected(OverlayProblem{true, std::move(reason)});
}
Unexpected<OverlayProblem> mismatch(std::string reason) {
  return Unexpected(OverlayProblem{false, std::move(reason)});
}

bool same(Octets a, Octets b) noexcept {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

bool cuts(NodeView node) noexcept { return node.is_zone_cut() || node.has_dname(); }

bool has_address(NodeView node) noexcept { return node.has(RRType::a) || node.has(RRType::aaaa); }

Octets records_of(NodeView node, RRType type) noexcept {
  ImageRRset found;
  return node && node.rrset(type, found) ? found.records : Octets();
}

}  // namespace

const OverlayEntry* OverlayName::find(RRType type) const noexcept {
  const auto found = std::ranges::lower_bound(entries, raw(type), {},
                                              [](const OverlayEntry& entry) { return raw(entry.type); });
  return found != entries.end() && found->type == type ? &*found : nullptr;
}

const OverlayName* OverlayNames::find(NameView name) const {
  const auto found = names_.find(Name(name));
  return found == names_.end() ? nullptr : &found->second;
}

OverlayResult<void> OverlayNames::settle(std::span<const RRsetEdit> edits) {
  records_ = current_.record_count();
  if (const Overlay* laid = current_.overlay()) {
    for (const std::uint32_t reference : laid->section<std::uint32_t>(layout::OverlaySection::nodes)) {
      const NodeView node(current_, laid->at(reference));
      add(node.name(), node);
      if (names_.size() > limit_) break;
    }
  }
  add(base_.origin());
  for (const RRsetEdit& edit : edits) {
    if (names_.size() > limit_) break;
    if (auto applied = apply(edit); !applied) return applied;
  }
  if (names_.size() > limit_) return rebuild("too many names for an overlay");
  for (auto& [owner, name] : names_) note_types(owner, name);
  settle_existence();
  const OverlayName& apex = *find(base_.origin());
  if (!apex.has(RRType::soa)) return mismatch("the zone would have no SOA");
  if (apex.dname != base_.apex().has_dname()) return rebuild("a DNAME at the apex comes or goes");
  add_shown_and_hidden();
  if (names_.size() > limit_) return rebuild("too many names for an overlay");
  settle_covers();
  settle_wildcards();
  settle_deniers();
  if (auto checked = check_denial(edits); !checked) return checked;
  return check_targets();
}

OverlayName& OverlayNames::add(NameView name) { return add(name, NodeView()); }

// `now`: its node in an overlay below the new one; none: it is as in the base.
OverlayName& OverlayNames::add(NameView owner, NodeView now) {
  const auto [at, fresh] = names_.try_emplace(Name(owner));
  OverlayName& name = at->second;
  if (!fresh) return name;
  name.labels = static_cast<std::uint8_t>(owner.label_count());
  name.place = static_cast<std::uint32_t>(base_place(owner));
  if (name.place < base_.node_count() && base_.node_in_order(name.place).name() == owner) {
    name.in_base = base_.node_in_order(name.place);
    name.base_reference = base_.reference_of(name.in_base);
  }
  if (!now) now = name.in_base;
  by_depth_[name.labels].push_back(&*at);
  if (!now) return name;
  const std::size_t rrsets = now.rrset_count();
  for (std::size_t i = 0; i < rrsets + now.lone_signature_count(); ++i) {
    const ImageRRset rrset = i < rrsets ? now.rrset_at(i) : now.lone_signatures_at(i - rrsets);
    const std::uint32_t reference = layout::load<std::uint32_t>(now.entries() + 4 * i);
    name.entries.push_back(
        {rrset.type,
         {rrset.records, rrset.count},
         {rrset.signatures, rrset.signature_count},
         current_.overlay() == nullptr || !current_.overlay()->has(reference) ? reference : 0});
  }
  std::ranges::sort(name.entries, {}, [](const OverlayEntry& entry) { return raw(entry.type); });
  return name;
}

std::size_t OverlayNames::base_place(NameView name) const noexcept {
  std::size_t low = 0;
  for (std::size_t high = base_.node_count(); low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    if (base_.node_in_order(middle).name().canonical_compare(name) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

OverlayPart OverlayNames::part_of(const RRsetView* rrset) {
  if (rrset == nullptr) return {};
  std::vector<std::byte>& wire = made_.emplace_back();
  wire.reserve(rrset->rdatas.octets().size() + 8 * rrset->rdatas.size());
  for (const Octets rdata : rrset->rdatas) {
    std::array<std::byte, layout::block::record_header> head;
    store_u16(head.data(), raw(rrset->type));
    store_u16(head.data() + 2, raw(RRClass::in));
    store_u32(head.data() + 4, rrset->ttl.raw());
    store_u16(head.data() + 8, static_cast<std::uint16_t>(rdata.size()));
    wire.insert(wire.end(), head.begin(), head.end());
    wire.insert(wire.end(), rdata.begin(), rdata.end());
  }
  return {wire, static_cast<std::uint16_t>(rrset->rdatas.size())};
}

OverlayResult<void> OverlayNames::apply(const RRsetEdit& edit) {
  const RRsetView& any = edit.any();
  const bool signatures = any.type == RRType::rrsig;
  const RRType type = signatures ? any.covered : any.type;
  const auto text = [&any] { return any.owner.to_string() + " " + to_string(any.type); };
  if (!any.owner.is_at_or_below(base_.origin())) return mismatch(text() + " is out of the zone");
  OverlayName& name = add(any.owner);
  auto at = std::ranges::lower_bound(name.entries, raw(type), {},
                                     [](const OverlayEntry& entry) { return raw(entry.type); });
  if (at == name.entries.end() || at->type != type)
    at = name.entries.insert(at, OverlayEntry{type, {}, {}, 0});
  OverlayPart& part = signatures ? at->signatures : at->records;
  const OverlayPart before = part_of(edit.before);
  if (!same(part.wire, before.wire)) return mismatch(text() + " is another one than the change expects");
  part = part_of(edit.after);
  at->in_base = 0;
  records_ = records_ + part.count - before.count;
  if (at->records.count == 0 && at->signatures.count == 0) name.entries.erase(at);
  return {};
}

void OverlayNames::note_types(const Name& owner, OverlayName& name) const noexcept {
  name.zone_cut = name.has(RRType::ns) && !(owner == base_.origin());
  name.dname = name.has(RRType::dname);
  name.hashed =
      name.labels == base_.origin_labels() + 1 && name.has(RRType::nsec3) && name.entries.size() == 1;
}

// From the deepest names upwards: a name without records exists while something below it does, and if a name
// comes or goes, so may the one above it.
void OverlayNames::settle_existence() {
  for (std::size_t depth = max_labels; depth > base_.origin_labels(); --depth) {
    for (const Map::value_type* each : by_depth_[depth]) {
      OverlayName& name = names_.find(each->first)->second;
      const bool below = has_below(each->first, name);
      name.exists = !name.entries.empty() || below;
      name.hashed = name.hashed && !below;
      const bool changed = name.exists != static_cast<bool>(name.in_base);
      if (changed || each->first.view().is_wildcard()) {
        const Name parent(each->first.view().parent());
        note_types(parent, add(parent));
      }
    }
  }
  names_.find(Name(base_.origin()))->second.exists = true;
}

// At most as many steps as there are names here.
bool OverlayNames::has_below(const Name& owner, const OverlayName& name) const {
  for (std::size_t i = name.place + (name.in_base ? 1 : 0); i < base_.node_count(); ++i) {
    const NameView below = base_.node_in_order(i).name();
    if (!below.is_at_or_below(owner)) break;
    const OverlayName* edited = find(below);
    if (edited == nullptr || edited->exists) return true;
  }
  for (auto at = names_.upper_bound(owner); at != names_.end() && at->first.view().is_at_or_below(owner);
       ++at) {
    if (!at->second.in_base && at->second.exists) return true;
  }
  return false;
}

// What lies below a name in the base, where that has become a zone cut or DNAME owner, or is none any more.
void OverlayNames::add_shown_and_hidden() {
  std::vector<const Map::value_type*> turned;
  for (const auto& each : names_) {
    const bool was =
        each.second.in_base && each.second.labels > base_.origin_labels() && cuts(each.second.in_base);
    if (was != each.second.cuts() && each.second.labels > base_.origin_labels()) turned.push_back(&each);
  }
  for (const Map::value_type* each : turned) {
    for (std::size_t i = each->second.place + (each->second.in_base ? 1 : 0); i < base_.node_count(); ++i) {
      const NameView below = base_.node_in_order(i).name();
      if (names_.size() > limit_ || !below.is_at_or_below(each->first)) break;
      if (find(below) != nullptr) continue;
      OverlayName& name = add(below);
      note_types(Name(below), name);
      name.exists = true;
      name.hashed = false;  // it lies deeper than the hashed ones do
    }
  }
}

void OverlayNames::settle_covers() {
  for (auto& [owner, name] : names_) {
    if (!name.exists || name.hashed || name.labels == base_.origin_labels()) continue;
    const HashedName hashed(owner);
    for (std::size_t depth = base_.origin_labels(); depth < name.labels && !name.occluded; ++depth) {
      const NameView above = hashed.suffix(depth);
      if (const OverlayName* edited = find(above)) {
        if (!edited->exists || !edited->cuts()) continue;
        name.cover = OverlayLink(*edited);
      } else {
        const NodeView node = base_.find(hashed, depth);
        if (!node || !cuts(node)) continue;
        name.cover = OverlayLink(base_.reference_of(node));
      }
      name.occluded = true;
    }
  }
}

void OverlayNames::settle_wildcards() {
  static constexpr std::array<std::byte, 2> label{std::byte{1}, std::byte{'*'}};
  for (auto& [owner, name] : names_) {
    if (!name.exists) continue;
    const auto wildcard = Name::join(label, owner);
    if (!wildcard) continue;
    if (const OverlayName* edited = find(*wildcard)) {
      if (edited->exists && !edited->occluded) name.wildcard = OverlayLink(*edited);
    } else if (name.in_base && !name.occluded && !name.cuts()) {
      const HashedName hashed(*wildcard);
      const NodeView node = base_.find(hashed, hashed.label_count());
      if (node && !node.is_occluded()) name.wildcard = OverlayLink(base_.reference_of(node));
    }
  }
}

// RFC 5155: an owner belongs to the chain whose parameters the image has (build_denial.cpp).
bool OverlayNames::is_chained(NameView owner, Octets records, std::size_t count) const noexcept {
  if (owner.label_count() != base_.origin_labels() + 1) return false;
  const Octets label = owner.first_label();
  const auto hash = from_base32hex(text_of(label));
  if (!hash || hash->size() != nsec3_hash_octets) return false;
  const ZoneImage::Nsec3Params params = base_.nsec3_params();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t length = load_u16(records.data() + 8);
    const Octets rdata = records.subspan(layout::block::record_header, length);
    records = records.subspan(layout::block::record_header + length);
    const Octets salt = rdata.subspan(5, std::to_integer<std::size_t>(rdata[4]));
    if (rdata[0] == std::byte{1} && load_u16(rdata.data() + 2) == params.iterations &&
        same(salt, params.salt))
      return true;
  }
  return false;
}

void OverlayNames::settle_deniers() {
  for (auto& [owner, name] : names_) {
    if (base_.denial() == ZoneImage::Denial::nsec) {
      name.was_denier = name.in_base && name.in_base.has(RRType::nsec) && !name.in_base.is_occluded();
      name.denier = name.exists && name.has(RRType::nsec) && !name.occluded;
    } else if (base_.denial() == ZoneImage::Denial::nsec3) {
      ImageRRset before;
      name.was_denier = name.in_base && name.in_base.rrset(RRType::nsec3, before) &&
                        is_chained(owner, before.records, before.count);
      const OverlayEntry* now = name.find(RRType::nsec3);
      name.denier = now != nullptr && is_chained(owner, now->records.wire, now->records.count);
    }
  }
}

OverlayResult<void> OverlayNames::check_denial(std::span<const RRsetEdit> edits) const {
  const OverlayName& apex = *find(base_.origin());
  const OverlayEntry* params = apex.find(RRType::nsec3param);
  const Octets params_now = params == nullptr ? Octets() : params->records.wire;
  if (!same(records_of(base_.apex(), RRType::nsec3param), params_now)) return rebuild("other NSEC3PARAM");
  if (apex.has(RRType::nsec) != base_.apex().has(RRType::nsec))
    return rebuild("an NSEC at the apex comes or goes");
  const bool one_chain =
      base_.denial() == ZoneImage::Denial::nsec3 && params != nullptr && params->records.count == 1;
  if (params != nullptr && !one_chain &&
      std::ranges::any_of(edits, [](const RRsetEdit& edit) { return edit.any().type == RRType::nsec3; })) {
    return rebuild("NSEC3 of one chain among several");
  }
  if (base_.denial() == ZoneImage::Denial::nsec3) {
    const auto known = base_.nsec3_params();
    const Nsec3Hash hash = nsec3_hash(base_.origin(), known.iterations, known.salt);
    const auto of_apex = base_.nsec3_at_or_before(hash);
    const OverlayName* edited = of_apex.node ? find(of_apex.node.name()) : nullptr;
    if (edited != nullptr && !edited->denier) return rebuild("the apex loses its NSEC3");
  }
  return {};
}

// Blocks of the base name the nodes of their targets: an address that goes is found gone there, but one that
// comes where a name was without is not found.
OverlayResult<void> OverlayNames::check_targets() const {
  const auto dangling = base_.dangling();
  for (const auto& [owner, name] : names_) {
    const bool before = name.in_base && has_address(name.in_base);
    const bool now = name.has_address();
    if (now && !before && std::ranges::binary_search(dangling, name_hash(owner)))
      return rebuild(owner.to_string() + " is named by records, and had no address");
    if (before && !now && base_.header_.many_targets != 0)
      return rebuild("an address goes from a zone of long lists");
  }
  return {};
}

}  // namespace doors
