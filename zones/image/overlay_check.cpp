#include "zones/image/overlay_check.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <xxhash.h>

namespace doors {

using layout::OverlayHeader;
using layout::OverlaySection;

namespace {

constexpr std::array<std::size_t, layout::overlay_sections> item_octets{
    8, 4, sizeof(layout::Bucket), sizeof(layout::Redirect), sizeof(layout::Inserted), 4, 4, 4};

bool ascend(std::span<const std::uint32_t> numbers, std::uint64_t below) noexcept {
  return std::ranges::adjacent_find(numbers, std::ranges::greater_equal()) == numbers.end() &&
         (numbers.empty() || numbers.back() < below);
}

}  // namespace

std::uint64_t OverlayCheck::checksum(Octets file) noexcept {
  OverlayHeader header;
  std::memcpy(&header, file.data(), sizeof header);
  header.checksum = 0;
  return XXH3_64bits_withSeed(file.data() + sizeof header, file.size() - sizeof header,
                              XXH3_64bits(&header, sizeof header));
}

const char* OverlayCheck::check_extents(Octets file) noexcept {
  OverlayHeader header;
  if (file.size() < sizeof header) return "too short";
  std::memcpy(&header, file.data(), sizeof header);
  if (std::string_view(header.magic.data(), header.magic.size()) != layout::overlay_magic)
    return "no overlay";
  if (header.byte_order != layout::byte_order_mark) return "another byte order";
  if (header.version != layout::overlay_version) return "another layout version";
  if (header.required_features != 0) return "a feature that is not known here";
  if (header.file_octets != file.size() || file.size() % layout::section_alignment != 0) return "cut off";
  if (checksum(file) != header.checksum) return "bad checksum";
  for (std::size_t i = 0; i < header.sections.size(); ++i) {
    const auto& [offset, octets] = header.sections[i];
    if (offset > file.size() || octets > file.size() - offset || octets % item_octets[i] != 0)
      return "bad section";
    if (octets != 0 && (offset % layout::section_alignment != 0 || offset < sizeof header))
      return "bad section";
  }
  const auto slots =
      header.sections[static_cast<std::size_t>(OverlaySection::redirects)].octets / sizeof(layout::Redirect);
  return std::has_single_bit(slots) ? nullptr : "bad redirects";
}

bool OverlayCheck::in_heap(std::uint32_t reference) const noexcept {
  if (!overlay_.has(reference)) return false;
  const auto& heap = overlay_.header().sections[static_cast<std::size_t>(OverlaySection::heap)];
  const std::uint64_t at = std::uint64_t{reference - overlay_.header().split} * layout::reference_unit;
  return at >= heap.offset && at - heap.offset < heap.octets;
}

std::size_t OverlayCheck::room_at(std::uint32_t reference) const noexcept {
  const auto& heap = overlay_.header().sections[static_cast<std::size_t>(OverlaySection::heap)];
  return heap.offset + heap.octets -
         std::size_t{reference - overlay_.header().split} * layout::reference_unit;
}

bool OverlayCheck::is_node_here(std::uint32_t reference) const noexcept {
  return std::ranges::binary_search(section<std::uint32_t>(OverlaySection::nodes), reference);
}

// The order's references ascend; of a base that is not checked yet, what is found there is checked at its
// use.
bool OverlayCheck::is_node(std::uint32_t reference) const noexcept {
  if (overlay_.has(reference)) return is_node_here(reference);
  const auto order = base_.order();
  const auto at = std::partition_point(
      order.begin(), order.end(), [&](const std::uint32_t& there) { return base_.used(there) < reference; });
  return at != order.end() && base_.used(*at) == reference &&
         base_.used_node(reference, ZoneImage::Need::node);
}

const char* OverlayCheck::run() {
  const OverlayHeader& header = overlay_.header();
  const std::uint64_t split = std::uint64_t{header.split} * layout::reference_unit;
  if (split < base_.octets() || split + header.file_octets > layout::max_file_octets) return "bad split";
  if (header.deepest_labels < base_.header_.deepest_labels || header.deepest_labels > max_labels)
    return "bad depth";
  if (const char* problem = check_nodes()) return problem;
  if (const char* problem = check_redirects()) return problem;
  for (const std::uint32_t reference : section<std::uint32_t>(OverlaySection::nodes)) {
    if (const char* problem = check_links({image_, overlay_.at(reference)})) return problem;
  }
  if (const char* problem = check_apex()) return problem;
  return check_tables();
}

// A node of the base has its name still, wherever it leads to: so owners of NSEC3 have their hashes.
const char* OverlayCheck::check_redirects() {
  bool any_free = false;
  for (const layout::Redirect& redirect : section<layout::Redirect>(OverlaySection::redirects)) {
    any_free = any_free || redirect.from == 0;
    if (redirect.from == 0) continue;
    if (overlay_.has(redirect.from) || !is_node(redirect.from)) return "bad redirect";
    if (redirect.to == redirect.from) continue;
    if (!is_node_here(redirect.to)) return "bad redirect";
    const NodeView from(base_, base_.at(redirect.from));
    if (from.name() != NodeView(image_, overlay_.at(redirect.to)).name()) return "bad redirect";
    in_base_[redirect.to] = redirect.from;
  }
  return any_free ? nullptr : "bad redirects";
}

const char* OverlayCheck::check_nodes() {
  const auto nodes = section<std::uint32_t>(OverlaySection::nodes);
  if (nodes.empty() || !ascend(nodes, std::uint64_t{1} << 32)) return "bad nodes";
  for (const std::uint32_t reference : nodes) {
    if (!in_heap(reference)) return "bad nodes";
  }
  FormCheck form(image_, section<std::byte>(OverlaySection::heap));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::size_t room = i + 1 < nodes.size()
                                 ? std::size_t{nodes[i + 1] - nodes[i]} * layout::reference_unit
                                 : room_at(nodes[i]);
    FormCheck::NodeExtent extent;
    if (const char* problem = form.node_extent(nodes[i], room, extent)) return problem;
  }
  return nullptr;
}

const char* OverlayCheck::check_links(NodeView node) const {
  FormCheck form(image_, section<std::byte>(OverlaySection::heap));
  FormCheck::NodeExtent extent;
  const std::uint32_t reference = overlay_.reference_of(node.at_);
  if (const char* problem = form.node_extent(reference, room_at(reference), extent)) return problem;
  const auto stands_for = in_base_.find(reference);
  const NodeView before =
      stands_for == in_base_.end() ? NodeView() : NodeView(base_, base_.at(stands_for->second));
  const auto block = [&](RRType type, std::uint32_t block_reference, bool lone) {
    return check_block(type, block_reference, lone, before);
  };
  if (const char* problem = form.node_entries(node, extent, block)) return problem;
  if (node.is_apex() != (reference == overlay_.header().apex)) return "bad flags of a node";
  const unsigned flags = node.flags();
  if ((flags & layout::node::denial_matches) != 0 && (flags & layout::node::denial) == 0)
    return "bad flags of a node";
  const auto denial = image_.denial();
  if ((flags & layout::node::denial) != 0 && denial != ZoneImage::Denial::nsec3) return "bad flags of a node";
  if ((flags & layout::node::wildcard_denial) != 0 && denial == ZoneImage::Denial::none)
    return "bad flags of a node";
  for (const unsigned flag : {layout::node::occluded, layout::node::wildcard, layout::node::denial,
                              layout::node::wildcard_denial}) {
    if ((flags & flag) == 0) continue;
    if (!is_node(node.link(flag))) return "bad reference of a node";
    const NodeView to = image_.node(node.link(flag));
    const bool right =
        flag == layout::node::occluded   ? !to.is_occluded() && (to.is_zone_cut() || to.has_dname())
        : flag == layout::node::wildcard ? !to.is_occluded() && to.name().is_wildcard()
        : denial == ZoneImage::Denial::nsec
            ? to.has(RRType::nsec)
            : to.has(RRType::nsec3) && to.name().first_label().size() == layout::hash_label_octets;
    if (!right) return "bad reference of a node";
  }
  return nullptr;
}

// A block of the base is one of the same name and type there.
const char* OverlayCheck::check_block(RRType type, std::uint32_t reference, bool lone,
                                      NodeView before) const {
  if (overlay_.has(reference)) {
    FormCheck form(image_, section<std::byte>(OverlaySection::heap));
    if (const char* problem = form.whole_block(type, reference, lone)) return problem;
    for (const std::uint32_t target : ZoneImage::read_block(type, overlay_.at(reference)).targets) {
      if (!is_node(target)) return "bad target reference";
    }
    return nullptr;
  }
  constexpr const char* other = "block of another node";
  if (!before) return other;
  const std::size_t rrsets = before.rrset_count();
  for (std::size_t i = 0; i < before.entry_count(); ++i) {
    const bool same = layout::load<std::uint32_t>(before.entries() + 4 * i) == reference;
    if (same && (i >= rrsets) == lone && before.entry_at(i).type == type) return nullptr;
  }
  return other;
}

const char* OverlayCheck::check_apex() const {
  const OverlayHeader& header = overlay_.header();
  if (!is_node_here(header.apex)) return "bad apex";
  const NodeView apex(image_, overlay_.at(header.apex));
  if (apex.name() != base_.origin() || apex.is_occluded() || !apex.has(RRType::soa)) return "bad apex";
  if (!overlay_.has(header.negative_soa)) return "bad SOA";
  return check_block(RRType::soa, header.negative_soa, false, NodeView());
}

const char* OverlayCheck::check_tables() const {
  const OverlayHeader& header = overlay_.header();
  if (section<layout::Bucket>(OverlaySection::buckets).empty()) return "no buckets";
  for (const layout::Bucket& bucket : section<layout::Bucket>(OverlaySection::buckets)) {
    for (const std::uint32_t reference : bucket.nodes) {
      if (reference != 0 && !is_node_here(reference)) return "bad reference in a bucket";
    }
  }
  const auto removed = section<std::uint32_t>(OverlaySection::removed);
  if (!ascend(removed, base_.node_count())) return "bad removed nodes";
  const auto inserted = section<layout::Inserted>(OverlaySection::inserted);
  if (header.nodes == 0 || header.nodes != base_.node_count() + inserted.size() - removed.size())
    return "bad number of nodes";
  for (std::size_t i = 0; i < inserted.size(); ++i) {
    if (!is_node_here(inserted[i].reference) || inserted[i].place >= header.nodes ||
        (i > 0 && inserted[i].place <= inserted[i - 1].place)) {
      return "bad inserted nodes";
    }
  }
  const auto denial = image_.denial();
  const auto nsec = section<std::uint32_t>(OverlaySection::nsec);
  const auto nsec3 = section<std::uint32_t>(OverlaySection::nsec3);
  if ((!nsec.empty() && denial != ZoneImage::Denial::nsec) ||
      (!nsec3.empty() && denial != ZoneImage::Denial::nsec3))
    return "NSEC or NSEC3 of another kind";
  for (const std::uint32_t reference : nsec) {
    if (!is_node_here(reference) || !NodeView(image_, overlay_.at(reference)).has(RRType::nsec))
      return "NSEC owner without NSEC";
  }
  for (const std::uint32_t reference : nsec3) {
    if (!is_node_here(reference)) return "bad NSEC3 owner";
    const NodeView owner(image_, overlay_.at(reference));
    if (!owner.has(RRType::nsec3) || owner.name().first_label().size() != layout::hash_label_octets)
      return "bad NSEC3 owner";
  }
  return nullptr;
}

}  // namespace doors
