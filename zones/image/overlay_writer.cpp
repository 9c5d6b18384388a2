#include "zones/image/overlay_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "zones/base/text_encoding.h"
#include "zones/dns/nsec3_hash.h"
#include "zones/dns/rdata.h"
#include "zones/image/build_blocks.h"
#include "zones/image/build_index.h"
#include "zones/image/overlay_check.h"

namespace doors {

using layout::OverlaySection;
using layout::round_up;
using layout::store;

/// Decides where everything of an overlay goes, puts it there, and then lets the overlay itself find each
/// node's NSEC or NSEC3.
class OverlayWriter {
 public:
  OverlayWriter(std::shared_ptr<const ZoneImage> base, OverlayNames& names, const ImageVersion& version)
      : base_(std::move(base)), names_(names), version_(version) {}

  OverlayResult<std::vector<std::byte>> run() {
    split_ = static_cast<std::uint32_t>(round_up(base_->octets(), layout::section_alignment) /
                                        layout::reference_unit);
    for (auto& [owner, name] : names_.names()) {
      if (name.exists || name.in_base) nodes_.push_back(node_of(owner, name));
    }
    place_heap();
    list_tables();
    place_tables();
    if (octets_ > layout::max_overlay_octets ||
        std::uint64_t{split_} * layout::reference_unit + octets_ > layout::max_file_octets) {
      return Unexpected(OverlayProblem{true, "the overlay would be too large"});
    }
    file_.resize(octets_ / sizeof(layout::Bucket));
    for (const Node& node : nodes_) write_node(node);
    write_negative_soa();
    write_tables();
    write_header();
    settle_denials();
    seal();
    const Octets made = std::as_bytes(std::span(file_));
    return std::vector<std::byte>(made.begin(), made.end());
  }

 private:
  using Link = OverlayLink;
  /// An entry that the base has no block of.
  struct Block {
    const OverlayEntry* entry;
    std::uint32_t reference = 0;
    BlockShape shape;
    std::vector<Link> targets;
  };
  struct Node {
    const Name* owner;
    OverlayName* name;
    std::vector<const OverlayEntry*> entries;  // RRsets, then signatures alone
    std::size_t lone = 0;
    std::vector<Block> blocks;
    unsigned flags = 0;
  };
  // --- What goes into it

  Node node_of(const Name& owner, OverlayName& name) {
    Node node{&owner, &name, {}, 0, {}, 0};
    if (!name.exists) return node;
    for (const OverlayEntry& entry : name.entries) {
      if (entry.records.count != 0) node.entries.push_back(&entry);
    }
    for (const OverlayEntry& entry : name.entries) {
      if (entry.records.count == 0) node.entries.push_back(&entry);
    }
    node.lone = static_cast<std::size_t>(std::ranges::count_if(
        name.entries, [](const OverlayEntry& entry) { return entry.records.count == 0; }));
    for (const OverlayEntry* entry : node.entries) {
      if (entry->in_base == 0) node.blocks.push_back(block_of(*entry));
    }
    const bool apex = name.labels == base_->origin_labels();
    const bool encloses =
        !name.hashed && !name.occluded && !name.cuts() && owner.wire().size() + 2 <= max_name_octets;
    const auto denial = base_->denial();
    if (name.occluded) node.flags |= layout::node::occluded;
    if (name.wildcard) node.flags |= layout::node::wildcard;
    if (denial == ZoneImage::Denial::nsec3 && !name.hashed && !name.occluded)
      node.flags |= layout::node::denial;
    if (denial != ZoneImage::Denial::none && encloses) node.flags |= layout::node::wildcard_denial;
    if (apex) node.flags |= layout::node::apex;
    if (name.zone_cut) node.flags |= layout::node::zone_cut;
    if (name.dname) node.flags |= layout::node::dname;
    return node;
  }

  Block block_of(const OverlayEntry& entry) {
    Block block{&entry, 0, {}, {}};
    if (entry.records.count != 0 && has_additional(entry.type)) find_targets(entry, block.targets);
    block.shape = {entry.records.wire.size(), entry.signatures.wire.size(), entry.records.count,
                   entry.signatures.count, static_cast<std::uint16_t>(block.targets.size())};
    return block;
  }

  /// As build_blocks.cpp does it for a whole image.
  void find_targets(const OverlayEntry& entry, std::vector<Link>& targets) {
    for (Octets rest = entry.records.wire; !rest.empty();) {
      const Octets rdata = rest.subspan(layout::block::record_header, load_u16(rest.data() + 8));
      rest = rest.subspan(layout::block::record_header + rdata.size());
      for (const RdataName& each : trusted_rdata_names(entry.type, rdata)) {
        if (!each.name.is_at_or_below(base_->origin())) continue;
        const Link target = addressed(each.name);
        if (!target || std::ranges::find(targets, target) != targets.end()) continue;
        if (targets.size() == layout::block::max_targets) return;
        targets.push_back(target);
      }
    }
  }
  [[nodiscard]] Link addressed(NameView name) const {
    if (const OverlayName* edited = names_.find(name)) return edited->has_address() ? Link(*edited) : Link();
    const HashedName hashed(name);
    const NodeView node = base_->find(hashed, hashed.label_count());
    return node && (node.has(RRType::a) || node.has(RRType::aaaa)) ? Link(base_->reference_of(node)) : Link();
  }

  // --- Where it goes

  std::uint32_t take(std::uint64_t octets) noexcept {
    const std::uint64_t at = octets_;
    octets_ += round_up(octets, layout::reference_unit);
    return split_ + static_cast<std::uint32_t>(at / layout::reference_unit);
  }

  void place_heap() {
    octets_ = round_up(sizeof(layout::OverlayHeader), layout::section_alignment);
    extent(OverlaySection::heap).offset = octets_;
    const OverlayEntry& soa = *names_.find(base_->origin())->find(RRType::soa);
    negative_soa_ = block_of(soa);
    negative_soa_.reference = take(negative_soa_.shape.octets());
    for (Node& node : nodes_) {
      const std::size_t links =
          layout::node::bits_of_four(node.flags & layout::node::optional_mask) + (node.lone != 0 ? 1 : 0);
      node.name->reference = take(layout::node::optional_offset(node.owner->wire().size()) + 4 * links +
                                  6 * node.entries.size());
      for (Block& block : node.blocks) block.reference = take(block.shape.octets());
    }
    extent(OverlaySection::heap).octets = octets_ - extent(OverlaySection::heap).offset;
  }

  /// The order's changes, the deniers that came and went, and what stands for what.
  void list_tables() {
    std::uint32_t gone = 0;
    for (const Node& node : nodes_) {
      const OverlayName& name = *node.name;
      references_.push_back(name.reference);
      if (name.in_base) add_redirect(name.base_reference, name.reference);
      if (name.in_base && !name.exists) {
        removed_.push_back(name.place);
        ++gone;
      } else if (!name.in_base) {
        inserted_.push_back(
            {name.place - gone + static_cast<std::uint32_t>(inserted_.size()), name.reference});
      }
      if (name.was_denier && !name.denier)
        flag(name.base_reference, layout::Redirect::unsettled | layout::Redirect::no_denier);
      if (name.denier && !name.was_denier) add_denier(node);
    }
    buckets_.resize(references_.size() / 8 + 1);
    for (const Node& node : nodes_) {
      put_into_buckets(buckets_, name_hash(*node.owner), node.name->reference);
    }
  }

  /// A new NSEC or NSEC3 owner takes over a part of what the base's one before it denies.
  void add_denier(const Node& node) {
    NodeView before;
    if (base_->denial() == ZoneImage::Denial::nsec) {
      nsec_.push_back(node.name->reference);
      before = base_->nsec_at_or_before(*node.owner);
    } else {
      nsec3_.push_back(node.name->reference);
      before = base_->nsec3_at_or_before(hash_of(*node.owner)).node;
    }
    const std::uint32_t reference = base_->reference_of(before);
    add_redirect(reference, reference);
    flag(reference, layout::Redirect::unsettled);
  }
  static Nsec3Hash hash_of(NameView owner) {
    const auto octets = from_base32hex(text_of(owner.first_label()));
    Nsec3Hash hash{};
    if (octets && octets->size() == hash.size()) std::ranges::copy(*octets, hash.begin());
    return hash;
  }
  /// What a name itself says goes before what a new neighbour says of it.
  void add_redirect(std::uint32_t from, std::uint32_t to) {
    auto [at, fresh] = redirects_.try_emplace(from, layout::Redirect{from, to, 0});
    if (to != from) at->second.to = to;
  }
  void flag(std::uint32_t from, std::uint32_t flags) { redirects_.at(from).flags |= flags; }

  void place_tables() {
    const auto take_section = [this](OverlaySection id, std::uint64_t octets) {
      octets_ = round_up(octets_, layout::section_alignment);
      extent(id) = {octets_, octets};
      octets_ += octets;
    };
    slots_ = std::bit_ceil(2 * redirects_.size() + 1);
    take_section(OverlaySection::nodes, references_.size() * sizeof(std::uint32_t));
    take_section(OverlaySection::buckets, buckets_.size() * sizeof(layout::Bucket));
    take_section(OverlaySection::redirects, slots_ * sizeof(layout::Redirect));
    take_section(OverlaySection::inserted, inserted_.size() * sizeof(layout::Inserted));
    take_section(OverlaySection::removed, removed_.size() * sizeof(std::uint32_t));
    take_section(OverlaySection::nsec, nsec_.size() * sizeof(std::uint32_t));
    take_section(OverlaySection::nsec3, nsec3_.size() * sizeof(std::uint32_t));
    octets_ = round_up(octets_, layout::section_alignment);
  }

  // --- Writing

  [[nodiscard]] layout::OverlayHeader::Extent& extent(OverlaySection id) noexcept {
    return header_.sections[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] std::byte* start() noexcept { return reinterpret_cast<std::byte*>(file_.data()); }
  [[nodiscard]] std::byte* at(std::uint32_t reference) noexcept {
    return start() + std::uint64_t{reference - split_} * layout::reference_unit;
  }

  void write_node(const Node& node) {
    const OverlayName& name = *node.name;
    std::byte* to = at(name.reference);
    const Octets wire = node.owner->wire();
    to[0] = static_cast<std::byte>(node.flags);
    to[1] = static_cast<std::byte>(wire.size());
    unsigned counts = static_cast<unsigned>(node.entries.size() - node.lone);
    if (node.lone != 0) counts |= layout::node::lone;
    if (!name.exists || name.hashed) counts |= layout::node::unnamed;
    store(to + 2, static_cast<std::uint16_t>(counts));
    std::memcpy(to + layout::node::name_offset, wire.data(), wire.size());
    to += layout::node::optional_offset(wire.size());
    const auto put = [&to](std::uint32_t reference) {
      store(to, reference);
      to += 4;
    };
    if (name.occluded) put(name.cover.reference());
    if (name.wildcard) put(name.wildcard.reference());
    if ((node.flags & layout::node::denial) != 0) put(0);  // settle_denials()
    if ((node.flags & layout::node::wildcard_denial) != 0) put(0);
    if (node.lone != 0) put(static_cast<std::uint32_t>(node.lone));
    std::byte* types = to + 4 * node.entries.size();
    auto block = node.blocks.begin();
    for (const OverlayEntry* entry : node.entries) {
      if (entry->in_base == 0) write_block(*block);
      put(entry->in_base != 0 ? entry->in_base : (block++)->reference);
      store(types, raw(entry->type));
      types += 2;
    }
  }

  void write_block(const Block& block) {
    std::byte* to = write_block_header(at(block.reference), block.shape);
    for (const Link& target : block.targets) {
      store(to, target.reference());
      to += 4;
    }
    to = std::ranges::copy(block.entry->records.wire, to).out;
    std::ranges::copy(block.entry->signatures.wire, to);
  }

  void write_negative_soa() {
    write_block(negative_soa_);
    limit_negative_ttl(at(negative_soa_.reference), negative_soa_.shape);
  }

  void write_tables() {
    const auto put = [this](OverlaySection id, const auto& items) {
      if (!items.empty())
        std::memcpy(start() + extent(id).offset, items.data(), items.size() * sizeof(items.front()));
    };
    std::vector<layout::Redirect> slots(slots_);
    for (const auto& [from, redirect] : redirects_) {
      std::size_t slot = layout::redirect_slot(from, slots_);
      while (slots[slot].from != 0) slot = (slot + 1) & (slots_ - 1);
      slots[slot] = redirect;
    }
    put(OverlaySection::nodes, references_);
    put(OverlaySection::buckets, buckets_);
    put(OverlaySection::redirects, slots);
    put(OverlaySection::inserted, inserted_);
    put(OverlaySection::removed, removed_);
    put(OverlaySection::nsec, nsec_);
    put(OverlaySection::nsec3, nsec3_);
  }

  void write_header() {
    const OverlayName& apex = *names_.find(base_->origin());
    const auto soa = parse_soa(apex.find(RRType::soa)->records.wire.subspan(layout::block::record_header));
    std::ranges::copy(layout::overlay_magic, header_.magic.begin());
    header_.byte_order = layout::byte_order_mark;
    header_.version = layout::overlay_version;
    header_.deepest_labels = deepest();
    header_.file_octets = octets_;
    header_.base = base_->id();
    header_.seq = version_.seq;
    header_.epoch = version_.epoch;
    header_.serial = soa ? soa->serial : 0;
    header_.content_digest = version_.content_digest;
    header_.records = names_.records();
    header_.nodes = static_cast<std::uint32_t>(base_->node_count() + inserted_.size() - removed_.size());
    header_.split = split_;
    header_.apex = apex.reference;
    header_.negative_soa = negative_soa_.reference;
    std::memcpy(start(), &header_, sizeof header_);
  }
  [[nodiscard]] std::uint8_t deepest() const noexcept {
    std::uint8_t deepest = base_->header_.deepest_labels;
    for (const Node& node : nodes_) {
      const OverlayName& name = *node.name;
      if (name.exists && !name.hashed && !name.occluded) deepest = std::max(deepest, name.labels);
    }
    return deepest;
  }

  /// Each node's NSEC or NSEC3 and its wildcard's, now that the overlay can be asked.
  void settle_denials() {
    if (base_->denial() == ZoneImage::Denial::none) return;
    static constexpr std::array<std::byte, 2> label{std::byte{1}, std::byte{'*'}};
    const auto laid = Overlay::lay(file_, base_);
    const ZoneImage& whole = laid->image();
    const auto params = whole.nsec3_params();
    for (const Node& node : nodes_) {
      std::byte* to = at(node.name->reference);
      std::byte* link = to + layout::node::optional_offset(node.owner->wire().size()) +
                        4 * layout::node::bits_of_four(node.flags & (layout::node::denial - 1));
      if ((node.flags & layout::node::denial) != 0) {
        const auto found = whole.nsec3_at_or_before(nsec3_hash(*node.owner, params.iterations, params.salt));
        store(link, whole.reference_of(found.node));
        if (found.matches) to[0] |= std::byte{layout::node::denial_matches};
        link += 4;
      }
      if ((node.flags & layout::node::wildcard_denial) != 0) {
        const auto wildcard = Name::join(label, *node.owner);
        store(
            link,
            whole.reference_of(
                base_->denial() == ZoneImage::Denial::nsec
                    ? whole.nsec_at_or_before(*wildcard)
                    : whole.nsec3_at_or_before(nsec3_hash(*wildcard, params.iterations, params.salt)).node));
      }
    }
  }

  void seal() {
    header_.checksum = 0;
    std::memcpy(start(), &header_, sizeof header_);
    header_.checksum = OverlayCheck::checksum({start(), octets_});
    std::memcpy(start(), &header_, sizeof header_);
  }

  std::shared_ptr<const ZoneImage> base_;
  OverlayNames& names_;
  const ImageVersion& version_;
  layout::OverlayHeader header_{};
  std::uint32_t split_ = 0;
  std::uint64_t octets_ = 0;
  std::vector<Node> nodes_;  // in canonical order
  Block negative_soa_{};
  std::vector<std::uint32_t> references_;
  std::vector<layout::Bucket> buckets_;
  std::map<std::uint32_t, layout::Redirect> redirects_;
  std::size_t slots_ = 0;
  std::vector<layout::Inserted> inserted_;
  std::vector<std::uint32_t> removed_;
  std::vector<std::uint32_t> nsec_;
  std::vector<std::uint32_t> nsec3_;
  Overlay::Storage file_;
};

OverlayResult<std::vector<std::byte>> build_overlay(const std::shared_ptr<const ZoneImage>& current,
                                                    std::span<const RRsetEdit> edits,
                                                    const ImageVersion& version, std::size_t most_names) {
  const std::shared_ptr<const ZoneImage> below = current->base();
  const std::shared_ptr<const ZoneImage>& base = below ? below : current;
  OverlayNames names(*current, *base, most_names);
  if (auto settled = names.settle(edits); !settled) return Unexpected(settled.error());
  return OverlayWriter(base, names, version).run();
}

}  // namespace doors
