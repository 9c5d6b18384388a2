#include "zones/image/image_check.h"

#include <cstring>

#include "zones/dns/rdata.h"
#include "zones/dns/rdata_check.h"
#include "zones/image/nsec_tree.h"

namespace doors {

namespace {

using layout::load;

/// Whole records of one type up to the end of `octets`; RRSIGs cover `covered`.
bool are_records(Octets octets, std::size_t count, RRType type, RRType covered) noexcept {
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (octets.size() - at < layout::block::record_header) return false;
    const std::byte* record = octets.data() + at;
    const std::size_t length = load_u16(record + 8);
    at += layout::block::record_header;
    if (load_u16(record) != raw(type) || load_u16(record + 2) != raw(RRClass::in) ||
        load_u32(record + 4) > 0x7fff'ffff || octets.size() - at < length) {
      return false;
    }
    const Octets rdata = octets.subspan(at, length);
    if (!valid_rdata(type, rdata)) return false;
    if (type == RRType::rrsig && rrsig_covered(rdata) != covered) return false;
    at += length;
  }
  return at == octets.size();
}

bool is_wildcard_of(NameView wildcard, NameView parent) noexcept {
  return wildcard.is_wildcard() && wildcard.size() == parent.size() + 2 &&
         std::memcmp(wildcard.wire().data() + 2, parent.wire().data(), parent.size()) == 0;
}

constexpr std::size_t hash_label_octets = 32;  // RFC 5155 §3: base 32 of SHA-1

}  // namespace

bool ImageCheck::in_heap(std::uint32_t reference) const noexcept {
  const std::size_t at = std::size_t{reference} * layout::reference_unit;
  return at >= heap_at_ && at - heap_at_ < sections_.heap.size();
}

std::size_t ImageCheck::place(std::uint32_t reference) const noexcept {
  return (std::size_t{reference} * layout::reference_unit - heap_at_) / layout::reference_unit;
}

std::size_t ImageCheck::room_at(std::uint32_t reference) const noexcept {
  return sections_.heap.size() - (std::size_t{reference} * layout::reference_unit - heap_at_);
}

const char* ImageCheck::run() {
  if (sections_.heap.empty() || sections_.heap.size() % layout::reference_unit != 0) return "bad heap";
  heap_at_ = static_cast<std::size_t>(sections_.heap.data() - image_.base_);
  deniers_.resize(sections_.heap.size() / layout::reference_unit);
  nodes_.resize(sections_.heap.size() / layout::reference_unit);
  blocks_.resize(sections_.heap.size() / layout::reference_unit);
  if (const char* problem = check_origin()) return problem;
  if (const char* problem = mark_nodes()) return problem;
  if (const char* problem = check_nodes()) return problem;
  if (const char* problem = check_apex()) return problem;
  if (const char* problem = check_buckets()) return problem;
  if (const char* problem = check_nsec()) return problem;
  return check_nsec3();
}

const char* ImageCheck::check_origin() const noexcept {
  const auto origin = NameView::checked(image_.origin().wire());
  if (!origin || origin->label_count() != header_.origin_labels) return "bad origin";
  if (header_.first_labels < header_.origin_labels || header_.deepest_labels < header_.origin_labels ||
      header_.first_labels > max_labels || header_.deepest_labels > max_labels) {
    return "bad depth";
  }
  if (header_.denial > static_cast<std::uint8_t>(ZoneImage::Denial::nsec3)) return "bad kind of denial";
  return nullptr;
}

const char* ImageCheck::mark_nodes() noexcept {
  if (image_.order_.empty() || image_.order_.size() != header_.nodes) return "bad number of nodes";
  std::uint32_t before = 0;
  for (const std::uint32_t reference : image_.order_) {
    if (reference <= before || !in_heap(reference)) return "bad node reference";
    nodes_.add(place(reference));
    before = reference;
  }
  for (const auto references : {image_.nsec_, image_.nsec3_}) {
    for (const std::uint32_t reference : references) {
      if (!is_node(reference)) return "bad reference to an NSEC or NSEC3 owner";
      deniers_.add(place(reference));
    }
  }
  return nullptr;
}

const char* ImageCheck::check_nodes() noexcept {
  const std::size_t count = image_.order_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t next = i + 1 < count ? image_.order_[i + 1] : 0;
    if (const char* problem = check_node(image_.order_[i], next)) return problem;
  }
  return nullptr;
}

// Sizes first: nothing is asked of a node before all of it is known to lie before the next one.
const char* ImageCheck::check_node(std::uint32_t reference, std::uint32_t next) noexcept {
  const std::byte* at = image_.at(reference);
  const std::size_t room =
      next != 0 ? (std::size_t{next} - reference) * layout::reference_unit : room_at(reference);
  const auto name_octets = std::to_integer<std::size_t>(at[1]);
  std::size_t end = layout::node::optional_offset(name_octets);
  if (end > room) return "node beyond the heap";
  const auto name = NameView::checked({at + layout::node::name_offset, name_octets});
  if (!name || !name->is_at_or_below(image_.origin())) return "bad owner name";

  const unsigned flags = std::to_integer<unsigned>(at[0]);
  const unsigned counts = load<std::uint16_t>(at + 2);
  if ((counts & layout::node::reserved_counts) != 0) return "bad node";
  end += 4 * layout::node::bits_of_four(flags & layout::node::optional_mask);
  std::size_t lone = 0;
  if ((counts & layout::node::lone) != 0) {
    if (end + 4 > room) return "node beyond the heap";
    lone = load<std::uint32_t>(at + end);
    if (lone == 0 || lone > layout::node::count_mask) return "bad node";
    end += 4;
  }
  const std::size_t rrsets = counts & layout::node::count_mask;
  if (end + 6 * (rrsets + lone) > room) return "node beyond the heap";
  const NodeView node(image_, at);
  if (const char* problem = check_entries(node, at + end, rrsets, lone)) return problem;
  return check_links(reference);
}

const char* ImageCheck::check_entries(NodeView node, const std::byte* references, std::size_t rrsets,
                                      std::size_t lone) noexcept {
  const std::byte* types = references + 4 * (rrsets + lone);
  bool has_ns = false;
  bool has_dname = false;
  unsigned before = 0;
  for (std::size_t i = 0; i < rrsets + lone; ++i) {
    const RRType type{load<std::uint16_t>(types + 2 * i)};
    if (i == rrsets) before = 0;
    if (raw(type) <= before || (type == RRType::rrsig && i < rrsets)) return "bad type at a node";
    before = raw(type);
    if (const char* problem = check_block(type, load<std::uint32_t>(references + 4 * i), i >= rrsets))
      return problem;
    has_ns = has_ns || (i < rrsets && type == RRType::ns);
    has_dname = has_dname || (i < rrsets && type == RRType::dname);
  }
  if (node.is_zone_cut() != (has_ns && !node.is_apex()) || node.has_dname() != has_dname)
    return "bad flags of a node";
  return nullptr;
}

// A cover stands before its node in canonical order, so it has been checked; a wildcard stands behind, and
// its name is read only as far as the heap goes. That the owners of NSEC and NSEC3 have one is checked when
// all nodes are.
const char* ImageCheck::check_links(std::uint32_t reference) const noexcept {
  const NodeView node = image_.node(reference);
  const unsigned flags = node.flags();
  if (node.is_apex() != (reference == header_.apex)) return "bad flags of a node";
  const std::byte* at = node.optionals();
  const auto next = [&at] {
    at += 4;
    return load<std::uint32_t>(at - 4);
  };
  if ((flags & layout::node::occluded) != 0) {
    const std::uint32_t cover = next();
    if (node.is_apex() || cover >= reference || !is_node(cover)) return "bad cover of an occluded name";
    const NodeView top = image_.node(cover);
    if (top.is_occluded() || !(top.is_zone_cut() || top.has_dname())) return "bad cover of an occluded name";
  }
  if ((flags & layout::node::wildcard) != 0) {
    const std::uint32_t wildcard = next();
    if (!is_node(wildcard)) return "bad wildcard reference";
    const NodeView below = image_.node(wildcard);
    if (below.is_occluded() || layout::node::name_offset + below.name_octets() > room_at(wildcard) ||
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
  constexpr const char* beyond = "block beyond the heap";
  if (!in_heap(reference)) return beyond;
  const std::size_t room = room_at(reference);
  const std::byte* at = image_.at(reference);
  if (room < layout::block::narrow_header) return beyond;
  const bool wide = load<std::uint16_t>(at) == layout::block::wide;
  if (wide && room < layout::block::wide_header) return beyond;
  const std::size_t header = wide ? layout::block::wide_header : layout::block::narrow_header;
  const std::size_t targets = wide ? load<std::uint16_t>(at + 2) : std::to_integer<std::size_t>(at[7]);
  const std::uint64_t records = wide ? load<std::uint32_t>(at + 8) : load<std::uint16_t>(at);
  const std::uint64_t signatures = wide ? load<std::uint32_t>(at + 12) : load<std::uint16_t>(at + 2);
  const std::uint64_t octets = header + 4 * targets + records + signatures;
  if (octets > room) return beyond;
  if (records + signatures < layout::block::record_header) return "empty block";

  const ImageRRset rrset = image_.read_block(type, reference);
  if (blocks_.has(place(reference))) {
    // Seen before as it lies; what is left is whether it is of this type.
    const Octets first = rrset.count != 0 ? rrset.records : rrset.signatures;
    const std::byte* typed = rrset.count != 0 ? first.data() : first.data() + layout::block::record_header;
    return (rrset.count == 0) == lone && load_u16(typed) == raw(type) ? nullptr : "block of another type";
  }
  checked_octets_ += octets;
  if (checked_octets_ > sections_.heap.size()) return "blocks overlap";
  if (lone ? rrset.count != 0 || rrset.signature_count == 0 : rrset.count == 0) return "empty block";
  if (type == RRType::soa && rrset.count > 1) return "second SOA";
  if (!are_records(rrset.records, rrset.count, type, RRType{}) ||
      !are_records(rrset.signatures, rrset.signature_count, RRType::rrsig, type)) {
    return "bad record";
  }
  for (const std::uint32_t target : rrset.targets) {
    if (!is_node(target)) return "bad target reference";
  }
  blocks_.add(place(reference));
  return nullptr;
}

const char* ImageCheck::check_apex() noexcept {
  if (!is_node(header_.apex) || image_.apex().name() != image_.origin() || !image_.apex().has(RRType::soa)) {
    return "bad apex";
  }
  return check_block(RRType::soa, header_.negative_soa, false);
}

const char* ImageCheck::check_buckets() const noexcept {
  if (sections_.buckets.empty()) return "no buckets";
  for (const layout::Bucket& bucket : sections_.buckets) {
    for (const std::uint32_t reference : bucket.nodes) {
      if (reference != 0 && !is_node(reference)) return "bad reference in a bucket";
    }
  }
  return nullptr;
}

const char* ImageCheck::check_nsec() const noexcept {
  const std::size_t count = image_.nsec_.size();
  if ((image_.denial() == ZoneImage::Denial::nsec) != (count != 0)) return "bad NSEC section";
  if (sections_.nsec_tree.size() != (count == 0 ? 0 : NsecTreeShape(count).blocks)) return "bad NSEC tree";
  for (const std::uint32_t reference : image_.nsec_) {
    if (!image_.node(reference).has(RRType::nsec)) return "NSEC owner without NSEC";
  }
  return nullptr;
}

const char* ImageCheck::check_nsec3() const noexcept {
  const std::size_t count = image_.nsec3_.size();
  const auto hashes = sections_.nsec3_hashes;
  const auto index = sections_.nsec3_index;
  if ((image_.denial() == ZoneImage::Denial::nsec3) != (count != 0) || hashes.size() != count)
    return "bad NSEC3 section";
  if (count == 0) return nullptr;
  if (header_.nsec3_index_bits > 32 || index.size() != (std::size_t{1} << header_.nsec3_index_bits) + 1 ||
      index.front() != 0 || index.back() != count) {
    return "bad NSEC3 index";
  }
  for (std::size_t i = 1; i < index.size(); ++i) {
    if (index[i] < index[i - 1]) return "bad NSEC3 index";
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0 && hashes[i] < hashes[i - 1]) return "bad order of NSEC3 hashes";
    const NodeView owner = image_.node(image_.nsec3_[i]);
    if (!owner.has(RRType::nsec3) || owner.name().first_label().size() != hash_label_octets)
      return "bad NSEC3 owner";
  }
  return nullptr;
}

}  // namespace doors
