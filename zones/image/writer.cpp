#include "zones/image/writer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <xxhash.h>

#include "zones/dns/rdata.h"
#include "zones/image/build_blocks.h"
#include "zones/image/build_denial.h"
#include "zones/image/build_index.h"
#include "zones/image/build_nodes.h"
#include "zones/image/layout.h"

namespace doors {

namespace {

using layout::Header;
using layout::round_up;
using layout::store;

enum class Section : std::uint8_t {
  buckets,
  heap,
  order,
  nsec,
  nsec_tree,
  nsec3_hashes,
  nsec3,
  nsec3_index,
  dangling
};

struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t octets = 0;
};

std::uint32_t reference_to(std::uint64_t offset) noexcept {
  return static_cast<std::uint32_t>(offset / layout::reference_unit);
}

unsigned flags_of(const BuildNode& node, bool apex) noexcept {
  unsigned flags = 0;
  if (node.occluded()) flags |= layout::node::occluded;
  if (node.wildcard != no_node) flags |= layout::node::wildcard;
  if (node.denial != no_node) flags |= layout::node::denial;
  if (node.wildcard_denial != no_node) flags |= layout::node::wildcard_denial;
  if (apex) flags |= layout::node::apex;
  if (node.zone_cut) flags |= layout::node::zone_cut;
  if (node.dname) flags |= layout::node::dname;
  if (node.denial_matches) flags |= layout::node::denial_matches;
  return flags;
}

std::uint64_t node_octets(const BuildNode& node) noexcept {
  const std::size_t optional =
      layout::node::bits_of_four(flags_of(node, false) & layout::node::optional_mask);
  return round_up(layout::node::optional_offset(node.octets) + 4 * (optional + (node.lone != 0 ? 1 : 0)) +
                      6 * std::size_t{node.entries},
                  layout::reference_unit);
}

/// Decides where everything goes, then puts it there.
class Writer {
 public:
  Writer(const Content& content, const ImageVersion& version, BuildNodes& tree, BuildIndex& index,
         BuildBlocks& built, const BuildDenial& denial)
      : content_(content), version_(version), tree_(tree), index_(index), built_(built), denial_(denial) {}

  Result<std::vector<std::byte>> run() {
    soa_ = soa_block();
    place_sections();
    if (file_octets_ > layout::max_file_octets) return failure("zone image over 32 GiB");
    if (too_large_) return failure("an RRset over 4 GiB");
    out_.resize(file_octets_);
    write_heap();
    index_.resolve();
    write_section(Section::buckets, index_.buckets());
    std::vector<std::uint32_t> order(tree_.nodes.size());
    std::transform(tree_.nodes.begin(), tree_.nodes.end(), order.begin(),
                   [](const auto& node) { return node.reference; });
    write_section(Section::order, order);
    std::vector<std::uint32_t> owners(denial_.owners.size());
    std::transform(denial_.owners.begin(), denial_.owners.end(), owners.begin(),
                   [this](std::uint32_t node) { return tree_.nodes[node].reference; });
    write_section(denial_.kind == ZoneImage::Denial::nsec3 ? Section::nsec3 : Section::nsec, owners);
    write_section(Section::nsec_tree, denial_.nsec_tree);
    write_section(Section::nsec3_hashes, denial_.nsec3_hashes);
    write_section(Section::nsec3_index, denial_.nsec3_index);
    write_section(Section::dangling, built_.dangling);
    write_checksums();
    return std::move(out_);
  }

 private:
  /// The apex's SOA block; build_blocks() has made it, since a Content has its SOA.
  [[nodiscard]] const BuildBlock& soa_block() const noexcept {
    const BuildNode& apex = tree_.nodes.front();
    std::size_t entry = apex.first_entry;
    while (built_.entries[entry].type != RRType::soa) ++entry;
    return built_.blocks[built_.entries[entry].block];
  }

  std::uint64_t take_block(BuildBlock& block, std::uint64_t at) {
    block.reference = reference_to(at);
    const BlockShape shape = shape_of(content_, block);
    constexpr std::uint64_t limit = 0xffff'ffff;
    too_large_ = too_large_ || shape.records_octets > limit || shape.signatures_octets > limit;
    return at + shape.octets();
  }

  /// First what many nodes share and every negative answer has, densely; then each node with what is its own.
  std::uint64_t place_heap(std::uint64_t at) {
    negative_soa_ = reference_to(at);
    at += shape_of(content_, soa_).octets();
    for (BuildBlock& block : built_.blocks) {
      if (block.shared) at = take_block(block, at);
    }
    for (BuildNode& node : tree_.nodes) {
      node.reference = reference_to(at);
      at += node_octets(node);
      for (std::size_t i = 0; i < node.entries; ++i) {
        BuildBlock& block = built_.blocks[built_.entries[node.first_entry + i].block];
        if (!block.shared) at = take_block(block, at);
      }
    }
    return at;
  }

  void place_sections() {
    const std::size_t nsec3 = denial_.kind == ZoneImage::Denial::nsec3 ? denial_.owners.size() : 0;
    const std::size_t nsec = denial_.owners.size() - nsec3;
    section(Section::buckets).octets = index_.buckets().size() * sizeof(layout::Bucket);
    section(Section::order).octets = tree_.nodes.size() * sizeof(std::uint32_t);
    section(Section::nsec).octets = nsec * sizeof(std::uint32_t);
    section(Section::nsec_tree).octets = denial_.nsec_tree.size() * sizeof(layout::TreeBlock);
    section(Section::nsec3_hashes).octets = denial_.nsec3_hashes.size() * sizeof(std::uint64_t);
    section(Section::nsec3).octets = nsec3 * sizeof(std::uint32_t);
    section(Section::nsec3_index).octets = denial_.nsec3_index.size() * sizeof(std::uint32_t);
    section(Section::dangling).octets = built_.dangling.size() * sizeof(std::uint64_t);
    header_octets_ = round_up(sizeof(Header) + content_.origin().size() + denial_.nsec3_salt.size(),
                              layout::section_alignment);
    std::uint64_t at = header_octets_;
    for (Extent& extent : sections_) {
      extent.offset = at;
      if (&extent == &section(Section::heap)) extent.octets = place_heap(at) - at;
      at = round_up(at + extent.octets, layout::section_alignment);
    }
    page_table_ = at;
    const std::uint64_t pages = round_up(page_table_, layout::page_octets) / layout::page_octets;
    file_octets_ = page_table_ + pages * sizeof(std::uint64_t);
  }
  [[nodiscard]] Extent& section(Section id) noexcept { return sections_[static_cast<std::size_t>(id)]; }
  /// 0 for a section without octets.
  [[nodiscard]] std::uint32_t reference_to_section(Section id) noexcept {
    return section(id).octets == 0 ? 0 : reference_to(section(id).offset);
  }

  template <class Item>
  void write_section(Section id, const std::vector<Item>& items) {
    if (!items.empty())
      std::memcpy(out_.data() + section(id).offset, items.data(), items.size() * sizeof(Item));
  }

  [[nodiscard]] std::byte* at(std::uint32_t reference) noexcept {
    return out_.data() + std::uint64_t{reference} * layout::reference_unit;
  }

  void write_heap() {
    write_block(soa_, negative_soa_);
    limit_negative_ttl(at(negative_soa_), shape_of(content_, soa_));
    for (const BuildBlock& block : built_.blocks) write_block(block, block.reference);
    for (const BuildNode& node : tree_.nodes) write_node(node, &node == &tree_.nodes.front());
  }

  void write_node(const BuildNode& node, bool apex) noexcept {
    std::byte* to = at(node.reference);
    to[0] = static_cast<std::byte>(flags_of(node, apex));
    to[1] = static_cast<std::byte>(node.octets);
    const unsigned rrsets = static_cast<unsigned>(node.entries - node.lone);
    store(to + 2, static_cast<std::uint16_t>(rrsets | (node.lone != 0 ? layout::node::lone : 0)));
    std::memcpy(to + layout::node::name_offset, node.wire, node.octets);
    to += layout::node::optional_offset(node.octets);
    for (const std::uint32_t link : {node.cover, node.wildcard, node.denial, node.wildcard_denial}) {
      if (link == no_node) continue;
      store(to, tree_.nodes[link].reference);
      to += 4;
    }
    if (node.lone != 0) {
      store(to, std::uint32_t{node.lone});
      to += 4;
    }
    std::byte* types = to + 4 * std::size_t{node.entries};
    for (std::size_t i = 0; i < node.entries; ++i) {
      const BuildBlocks::Entry& entry = built_.entries[node.first_entry + i];
      store(to + 4 * i, built_.blocks[entry.block].reference);
      store(types + 2 * i, raw(entry.type));
    }
  }

  void write_block(const BuildBlock& block, std::uint32_t reference) noexcept {
    const BlockShape shape = shape_of(content_, block);
    std::byte* to = write_block_header(at(reference), shape);
    for (std::size_t i = 0; i < block.targets; ++i, to += 4) {
      store(to, tree_.nodes[built_.targets[block.first_target + i]].reference);
    }
    if (block.records != BuildBlock::none) to = write_records(content_.rrset(block.records), to);
    if (block.signatures != BuildBlock::none) write_records(content_.rrset(block.signatures), to);
  }

  static std::byte* write_records(const RRsetView& rrset, std::byte* to) noexcept {
    for (const Octets rdata : rrset.rdatas) {
      store_u16(to, raw(rrset.type));
      store_u16(to + 2, raw(RRClass::in));
      store_u32(to + 4, rrset.ttl.raw());
      store_u16(to + 8, static_cast<std::uint16_t>(rdata.size()));
      std::memcpy(to + layout::block::record_header, rdata.data(), rdata.size());
      to += layout::block::record_header + rdata.size();
    }
    return to;
  }

  void write_checksums() {
    Header header{};
    std::copy(layout::magic.begin(), layout::magic.end(), header.magic.begin());
    header.byte_order = layout::byte_order_mark;
    header.version = layout::version;
    header.header_octets = static_cast<std::uint16_t>(header_octets_);
    header.file_octets = file_octets_;
    header.page_table_offset = page_table_;
    header.seq = version_.seq;
    header.epoch = version_.epoch;
    header.serial = content_.serial().raw();
    header.content_digest = version_.content_digest;
    header.records = content_.record_count();
    header.nodes = static_cast<std::uint32_t>(tree_.nodes.size());
    header.buckets = reference_to_section(Section::buckets);
    header.bucket_count = static_cast<std::uint32_t>(index_.buckets().size());
    header.order = reference_to_section(Section::order);
    header.nsec = reference_to_section(Section::nsec);
    header.nsec_count = static_cast<std::uint32_t>(section(Section::nsec).octets / sizeof(std::uint32_t));
    header.nsec_tree = reference_to_section(Section::nsec_tree);
    header.nsec3_hashes = reference_to_section(Section::nsec3_hashes);
    header.nsec3 = reference_to_section(Section::nsec3);
    header.nsec3_count = static_cast<std::uint32_t>(denial_.nsec3_hashes.size());
    header.nsec3_index = reference_to_section(Section::nsec3_index);
    header.dangling = reference_to_section(Section::dangling);
    header.dangling_count = static_cast<std::uint32_t>(built_.dangling.size());
    header.many_targets = built_.many_targets ? 1 : 0;
    header.apex = tree_.nodes.front().reference;
    header.negative_soa = negative_soa_;
    header.nsec3_iterations = denial_.nsec3_iterations;
    header.denial = static_cast<std::uint8_t>(denial_.kind);
    header.nsec3_index_bits = denial_.nsec3_index_bits;
    header.origin_octets = static_cast<std::uint8_t>(content_.origin().size());
    header.origin_labels = tree_.origin_labels;
    header.salt_octets = static_cast<std::uint8_t>(denial_.nsec3_salt.size());
    header.deepest_labels = tree_.deepest_labels;
    header.first_labels = tree_.first_labels;

    std::byte* to = out_.data() + sizeof(Header);
    const Octets origin = content_.origin().wire();
    to = std::copy(origin.begin(), origin.end(), to);
    std::copy(denial_.nsec3_salt.begin(), denial_.nsec3_salt.end(), to);

    std::byte* table = out_.data() + page_table_;
    for (std::uint64_t start = 0; start < page_table_;
         start += layout::page_octets, table += sizeof(std::uint64_t)) {
      const std::uint64_t from = std::max<std::uint64_t>(start, header_octets_);
      const std::uint64_t end = std::min<std::uint64_t>(start + layout::page_octets, page_table_);
      store(table, std::uint64_t{XXH3_64bits(out_.data() + from, end - from)});
    }
    header.page_table_checksum = XXH3_64bits(out_.data() + page_table_, file_octets_ - page_table_);
    std::memcpy(out_.data(), &header, sizeof header);
    header.header_checksum = XXH3_64bits(out_.data(), header_octets_);
    std::memcpy(out_.data(), &header, sizeof header);
  }

  const Content& content_;
  const ImageVersion& version_;
  BuildNodes& tree_;
  BuildIndex& index_;
  BuildBlocks& built_;
  const BuildDenial& denial_;
  BuildBlock soa_;
  std::array<Extent, 9> sections_;  // in this order
  std::uint64_t header_octets_ = 0;
  std::uint64_t page_table_ = 0;
  std::uint64_t file_octets_ = 0;
  std::uint32_t negative_soa_ = 0;
  bool too_large_ = false;
  std::vector<std::byte> out_;
};

}  // namespace

Result<std::vector<std::byte>> build_image(const Content& content, const ImageVersion& version) {
  if (content.rrset_count() > no_node / 2) return failure("zone too large for an image");
  BuildNodes tree = build_nodes(content);
  if (tree.nodes.size() >= no_node) return failure("zone too large for an image");
  BuildIndex index(tree.nodes);
  auto blocks = build_blocks(content, tree.nodes, index);
  if (!blocks) return Unexpected(blocks.error());
  const BuildDenial denial = build_denial(content, tree.nodes);
  return Writer(content, version, tree, index, *blocks, denial).run();
}

}  // namespace doors
