#include "zones/image/form_check.h"

#include "zones/dns/rdata.h"
#include "zones/dns/rdata_check.h"

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

constexpr const char* node_beyond = "node beyond the heap";
constexpr const char* block_beyond = "block beyond the heap";
constexpr const char* bad_page = "bad page";

}  // namespace

bool FormCheck::in_heap(std::uint32_t reference) const noexcept {
  const std::byte* at = image_.at(reference);
  return at >= heap_.data() && at < heap_.data() + heap_.size();
}

std::size_t FormCheck::room_at(std::uint32_t reference) const noexcept {
  return static_cast<std::size_t>(heap_.data() + heap_.size() - image_.at(reference));
}

// Sizes first: nothing is asked of a node before all of it is known to lie in its room.
const char* FormCheck::node_extent(std::uint32_t reference, std::size_t room,
                                   NodeExtent& extent) const noexcept {
  const std::byte* at = image_.at(reference);
  if (!readable(at, layout::node::name_offset)) return bad_page;
  const auto name_octets = std::to_integer<std::size_t>(at[1]);
  std::size_t end = layout::node::optional_offset(name_octets);
  if (end > room) return node_beyond;
  if (!readable(at, end)) return bad_page;
  const auto name = NameView::checked({at + layout::node::name_offset, name_octets});
  if (!name || !name->is_at_or_below(image_.origin())) return "bad owner name";

  const unsigned flags = std::to_integer<unsigned>(at[0]);
  const unsigned counts = load<std::uint16_t>(at + 2);
  if ((counts & reserved_) != 0) return "bad node";
  end += 4 * layout::node::bits_of_four(flags & layout::node::optional_mask);
  extent.lone = 0;
  if ((counts & layout::node::lone) != 0) {
    if (end + 4 > room) return node_beyond;
    if (!readable(at, end + 4)) return bad_page;
    extent.lone = load<std::uint32_t>(at + end);
    if (extent.lone == 0 || extent.lone > layout::node::count_mask) return "bad node";
    end += 4;
  }
  extent.rrsets = counts & layout::node::count_mask;
  extent.entries = at + end;
  const std::size_t octets = end + 6 * (extent.rrsets + extent.lone);
  if (octets > room) return node_beyond;
  return readable(at, octets) ? nullptr : bad_page;
}

const char* FormCheck::block_extent(std::uint32_t reference, std::uint64_t& octets) const noexcept {
  if (!in_heap(reference)) return block_beyond;
  const std::size_t room = room_at(reference);
  const std::byte* at = image_.at(reference);
  if (room < layout::block::narrow_header) return block_beyond;
  if (!readable(at, layout::block::narrow_header)) return bad_page;
  const bool wide = load<std::uint16_t>(at) == layout::block::wide;
  if (wide && room < layout::block::wide_header) return block_beyond;
  const std::size_t header = wide ? layout::block::wide_header : layout::block::narrow_header;
  if (!readable(at, header)) return bad_page;
  const std::size_t targets = wide ? load<std::uint16_t>(at + 2) : std::to_integer<std::size_t>(at[7]);
  const std::uint64_t records = wide ? load<std::uint32_t>(at + 8) : load<std::uint16_t>(at);
  const std::uint64_t signatures = wide ? load<std::uint32_t>(at + 12) : load<std::uint16_t>(at + 2);
  octets = header + 4 * targets + records + signatures;
  if (octets > room) return block_beyond;
  if (records + signatures < layout::block::record_header) return "empty block";
  return readable(at, octets) ? nullptr : bad_page;
}

const char* FormCheck::block_records(RRType type, std::uint32_t reference, bool lone) const noexcept {
  const ImageRRset rrset = ZoneImage::read_block(type, image_.at(reference));
  if (lone ? rrset.count != 0 || rrset.signature_count == 0 : rrset.count == 0) return "empty block";
  if (type == RRType::soa && rrset.count > 1) return "second SOA";
  if (!are_records(rrset.records, rrset.count, type, RRType{}) ||
      !are_records(rrset.signatures, rrset.signature_count, RRType::rrsig, type)) {
    return "bad record";
  }
  return nullptr;
}

const char* FormCheck::whole_node(std::uint32_t reference) const noexcept {
  if (!in_heap(reference)) return node_beyond;
  NodeExtent extent;
  if (const char* problem = node_extent(reference, room_at(reference), extent)) return problem;
  return node_entries(NodeView(image_, image_.at(reference)), extent,
                      [this](RRType type, std::uint32_t block, bool lone) noexcept {
                        return whole_block(type, block, lone);
                      });
}

const char* FormCheck::whole_block(RRType type, std::uint32_t reference, bool lone) const noexcept {
  std::uint64_t octets = 0;
  if (const char* problem = block_extent(reference, octets)) return problem;
  return block_records(type, reference, lone);
}

}  // namespace doors
