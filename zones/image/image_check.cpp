#include "zones/image/image_check.h"

#include <cstring>

namespace doors {

namespace {

using layout::load;

/// So many are checked before the next look at whether to go on.
constexpr std::size_t nodes_at_once = 4096;

bool is_wildcard_of(NameView wildcard, NameView parent) noexcept {
  return wildcard.is_wildcard() && wildcard.size() == parent.size() + 2 &&
         std::memcmp(wildcard.wire().data() + 2, parent.wire().data(), parent.size()) == 0;
}

}  // namespace

std::size_t ImageCheck::place(std::uint32_t reference) const noexcept {
  return (room_at_first_ - form_.room_at(reference)) / layout::reference_unit;
}

const char* ImageCheck::run() {
  const std::size_t heap = image_.heap().size();
  if (heap == 0) return "bad heap";
  room_at_first_ = heap;
  deniers_.resize(heap / layout::reference_unit);
  nodes_.resize(heap / layout::reference_unit);
  blocks_.resize(heap / layout::reference_unit);
  if (const char* problem = mark_nodes()) return problem;
  if (const char* problem = check_nodes()) return problem;
  if (const char* problem = check_apex()) return problem;
  if (const char* problem = check_buckets()) return problem;
  if (const char* problem = check_nsec()) return problem;
  return check_nsec3();
}

const char* ImageCheck::mark_nodes() noexcept {
  if (image_.order().empty()) return "bad number of nodes";
  std::uint32_t before = 0;
  for (const std::uint32_t reference : image_.order()) {
    if (reference <= before || !form_.in_heap(reference)) return "bad node reference";
    nodes_.add(place(reference));
    before = reference;
  }
  for (const auto references : {image_.nsec(), image_.nsec3()}) {
    for (const std::uint32_t reference : references) {
      if (!is_node(reference)) return "bad reference to an NSEC or NSEC3 owner";
      deniers_.add(place(reference));
    }
  }
  return nullptr;
}

const char* ImageCheck::check_nodes() noexcept {
  const std::size_t count = image_.order().size();
  for (std::size_t i = 0; i < count; ++i) {
    if (i % nodes_at_once == 0 && stop_) return nullptr;
    const std::uint32_t next = i + 1 < count ? image_.order()[i + 1] : 0;
    if (const char* problem = check_node(image_.order()[i], next)) return problem;
  }
  return nullptr;
}

const char* ImageCheck::check_node(std::uint32_t reference, std::uint32_t next) noexcept {
  const std::size_t room =
      next != 0 ? (std::size_t{next} - reference) * layout::reference_unit : form_.room_at(reference);
  FormCheck::NodeExtent extent;
  if (const char* problem = form_.node_extent(reference, room, extent)) return problem;
  const auto block = [this](RRType type, std::uint32_t at, bool lone) { return check_block(type, at, lone); };
  if (const char* problem = form_.node_entries(node(reference), extent, block)) return problem;
  return check_links(reference);
}

// A cover stands before its node in canonical order, so it has been checked; a wildcard stands behind, and
// its name is read only as far as the heap goes. That the owners of NSEC and NSEC3 have one is checked when
// all nodes are.
const char* ImageCheck::check_links(std::uint32_t reference) const noexcept {
  const NodeView node = this->node(reference);
  const unsigned flags = node.flags();
  if (node.is_apex() != (reference == image_.header_.apex)) return "bad flags of a node";
  const std::byte* at = node.optionals();
  const auto next = [&at] {
    at += 4;
    return load<std::uint32_t>(at - 4);
  };
  if ((flags & layout::node::occluded) != 0) {
    const std::uint32_t cover = next();
    if (node.is_apex() || cover >= reference || !is_node(cover)) return "bad cover of an occluded name";
    const NodeView top = this->node(cover);
    if (top.is_occluded() || !(top.is_zone_cut() || top.has_dname())) return "bad cover of an occluded name";
  }
  if ((flags & layout::node::wildcard) != 0) {
    const std::uint32_t wildcard = next();
    if (!is_node(wildcard)) return "bad wildcard reference";
    const NodeView below = this->node(wildcard);
    if (below.is_occluded() || layout::node::name_offset + below.name_octets() > form_.room_at(wildcard) ||
        !is_wildcard_of(below.name(), node.name())) {
      return "bad wildcard reference";
    }
  }
  const bool nsec3 = image_.denial() == ZoneImage::Denial::nsec3;
  if ((flags & layout::node::denial) != 0 && (!nsec3 || !is_denier(next()))) return "bad NSEC3 reference";
  if ((flags & layout::node::denial_matches) != 0 && (flags & layout::node::denial) == 0)
    return "bad flags of a node";
  if ((flags & layout::node::wildcard_denial) != 0 && !is_denier(next())) return "bad NSEC reference";
  return nullptr;
}

const char* ImageCheck::check_block(RRType type, std::uint32_t reference, bool lone) noexcept {
  std::uint64_t octets = 0;
  if (const char* problem = form_.block_extent(reference, octets)) return problem;
  const ImageRRset rrset = ZoneImage::read_block(type, image_.at(reference));
  if (blocks_.has(place(reference))) {
    // Seen before as it lies; what is left is whether it is of this type.
    const Octets first = rrset.count != 0 ? rrset.records : rrset.signatures;
    const std::byte* typed = rrset.count != 0 ? first.data() : first.data() + layout::block::record_header;
    return (rrset.count == 0) == lone && load_u16(typed) == raw(type) ? nullptr : "block of another type";
  }
  checked_octets_ += octets;
  if (checked_octets_ > image_.heap().size()) return "blocks overlap";
  if (const char* problem = form_.block_records(type, reference, lone)) return problem;
  for (const std::uint32_t target : rrset.targets) {
    if (!is_node(target)) return "bad target reference";
  }
  blocks_.add(place(reference));
  return nullptr;
}

const char* ImageCheck::check_apex() noexcept {
  if (!is_node(image_.header_.apex) || node(image_.header_.apex).name() != image_.origin() ||
      !node(image_.header_.apex).has(RRType::soa)) {
    return "bad apex";
  }
  return check_block(RRType::soa, image_.header_.negative_soa, false);
}

const char* ImageCheck::check_buckets() const noexcept {
  for (const layout::Bucket& bucket : image_.buckets()) {
    for (const std::uint32_t reference : bucket.nodes) {
      if (reference != 0 && !is_node(reference)) return "bad reference in a bucket";
    }
  }
  return nullptr;
}

const char* ImageCheck::check_nsec() const noexcept {
  const std::size_t count = image_.nsec().size();
  if ((image_.denial() == ZoneImage::Denial::nsec) != (count != 0)) return "bad NSEC section";
  for (const std::uint32_t reference : image_.nsec()) {
    if (!node(reference).has(RRType::nsec)) return "NSEC owner without NSEC";
  }
  return nullptr;
}

const char* ImageCheck::check_nsec3() const noexcept {
  const std::size_t count = image_.nsec3().size();
  const auto hashes = image_.nsec3_hashes();
  const auto index = image_.nsec3_index();
  if ((image_.denial() == ZoneImage::Denial::nsec3) != (count != 0)) return "bad NSEC3 section";
  if (count == 0) return nullptr;
  if (index.front() != 0 || index.back() != count) return "bad NSEC3 index";
  for (std::size_t i = 1; i < index.size(); ++i) {
    if (index[i] < index[i - 1]) return "bad NSEC3 index";
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0 && hashes[i] < hashes[i - 1]) return "bad order of NSEC3 hashes";
    const NodeView owner = node(image_.nsec3()[i]);
    if (!owner.has(RRType::nsec3) || owner.name().first_label().size() != layout::hash_label_octets)
      return "bad NSEC3 owner";
  }
  return nullptr;
}

}  // namespace doors
