#include "zones/image/image.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <xxhash.h>

#include "zones/image/damage.h"
#include "zones/image/form_check.h"
#include "zones/image/image_check.h"
#include "zones/image/image_memory.h"
#include "zones/image/nsec_tree.h"

namespace doors {

namespace {

using layout::Header;

std::uint64_t checksum(Octets octets) noexcept { return XXH3_64bits(octets.data(), octets.size()); }

/// What is wrong with a header as such, or null. `file` has at least its fixed part.
const char* check_header(Octets file) noexcept {
  Header header;
  std::memcpy(&header, file.data(), sizeof header);
  const std::string_view magic(header.magic.data(), header.magic.size());
  if (magic != layout::magic) return "no zone image";
  if (header.byte_order != layout::byte_order_mark) return "zone image of another byte order";
  if (header.version != layout::version) return "zone image of another layout version";
  if ((header.required_features & ~layout::known_features) != 0)
    return "zone image needs a feature that is not known here";
  std::array<std::byte, sizeof(Header) + 576> copy;  // with the longest origin and salt
  if (layout::round_up(sizeof(Header) + header.origin_octets + header.salt_octets,
                       layout::section_alignment) != header.header_octets ||
      header.header_octets > file.size() || header.reserved != 0 || header.memory != 0 ||
      header.unchecked != 0) {
    return "zone image: bad header";
  }
  std::copy_n(file.begin(), header.header_octets, copy.begin());
  layout::store<std::uint64_t>(copy.data() + offsetof(Header, header_checksum), 0);
  if (checksum({copy.data(), header.header_octets}) != header.header_checksum)
    return "zone image: bad header checksum";
  return header.file_octets == file.size() ? nullptr : "zone image: cut off, or too long";
}

/// What is wrong with the page table, or null; not yet with the pages. They are counted from the start of the
/// image; the table itself is in none, and the header in none but its own checksum.
const char* check_page_table(Octets file, const Header& header) noexcept {
  const std::uint64_t body_end = header.page_table_offset;
  if (body_end % layout::section_alignment == 0 && body_end >= header.header_octets &&
      body_end <= file.size()) {
    const std::size_t pages = layout::round_up(body_end, layout::page_octets) / layout::page_octets;
    const Octets table = file.subspan(body_end);
    if (table.size() == pages * sizeof(std::uint64_t) && checksum(table) == header.page_table_checksum)
      return nullptr;
  }
  return "zone image: bad page table";
}

/// Whether `count` items from a reference lie between header and page table, from a multiple of 64.
bool fits(const Header& header, std::uint32_t reference, std::uint64_t count,
          std::size_t item_octets) noexcept {
  if (count == 0) return reference == 0;
  const std::uint64_t start = std::uint64_t{reference} * layout::reference_unit;
  return start % layout::section_alignment == 0 && start >= header.header_octets &&
         start <= header.page_table_offset && count <= (header.page_table_offset - start) / item_octets;
}

/// What is wrong with what a header says of the rest, or null.
const char* check_numbers(const Header& header, NameView origin_as_it_lies) noexcept {
  const auto origin = NameView::checked(origin_as_it_lies.wire());
  if (!origin || origin->label_count() != header.origin_labels) return "zone image: bad origin";
  if (header.first_labels < header.origin_labels || header.deepest_labels < header.origin_labels ||
      header.first_labels > max_labels || header.deepest_labels > max_labels) {
    return "zone image: bad depth";
  }
  if (header.denial > static_cast<std::uint8_t>(ZoneImage::Denial::nsec3))
    return "zone image: bad kind of denial";
  const std::uint64_t tree = header.nsec_count == 0 ? 0 : NsecTreeShape(header.nsec_count).blocks;
  if (header.nsec3_index_bits > 32) return "zone image: bad NSEC3 index";
  const std::uint64_t index = header.nsec3_count == 0 ? 0 : (std::uint64_t{1} << header.nsec3_index_bits) + 1;
  if (header.bucket_count == 0 || header.nodes == 0 ||
      !fits(header, header.buckets, header.bucket_count, sizeof(layout::Bucket)) ||
      !fits(header, header.order, header.nodes, sizeof(std::uint32_t)) ||
      !fits(header, header.nsec, header.nsec_count, sizeof(std::uint32_t)) ||
      !fits(header, header.nsec_tree, tree, sizeof(layout::TreeBlock)) ||
      !fits(header, header.nsec3, header.nsec3_count, sizeof(std::uint32_t)) ||
      !fits(header, header.nsec3_hashes, header.nsec3_count, sizeof(std::uint64_t)) ||
      !fits(header, header.nsec3_index, index, sizeof(std::uint32_t)) ||
      !fits(header, header.dangling, header.dangling_count, sizeof(std::uint64_t))) {
    return "zone image: bad section";
  }
  const std::uint64_t heap = std::uint64_t{header.buckets} * layout::reference_unit +
                             std::uint64_t{header.bucket_count} * sizeof(layout::Bucket);
  return heap < std::uint64_t{header.order} * layout::reference_unit ? nullptr : "zone image: bad heap";
}

/// All that can be said of an image before any page of it is read, or null.
const char* check_frame(Octets file) noexcept {
  if (const char* problem = check_header(file)) return problem;
  const auto& header = *reinterpret_cast<const Header*>(file.data());
  if (const char* problem = check_page_table(file, header)) return problem;
  return check_numbers(header, reinterpret_cast<const ZoneImage*>(file.data())->origin());
}

/// Stands for a node that is damaged: the root, empty.
alignas(layout::reference_unit) constexpr std::array<std::byte, 8> empty_node{std::byte{0}, std::byte{1}};

/// Stands for a damaged SOA: one record of two root names and five zeros.
struct EmptySoa {
  alignas(layout::reference_unit) std::array<std::byte, layout::block::narrow_header + 10 + 22> octets{};
  EmptySoa() noexcept {
    layout::store<std::uint16_t>(octets.data(), 10 + 22);
    layout::store<std::uint16_t>(octets.data() + 4, 1);
    std::byte* record = octets.data() + layout::block::narrow_header;
    store_u16(record, raw(RRType::soa));
    store_u16(record + 2, raw(RRClass::in));
    store_u16(record + 8, 22);
  }
};
const EmptySoa empty_soa;

/// So much is read ahead and checked before the next look at `stop`.
constexpr std::size_t pages_at_once = 64;

}  // namespace

Result<std::shared_ptr<const ZoneImage>> ZoneImage::open(int fd, Check check) {
  auto memory = Memory::of_file(fd);
  if (!memory) return Unexpected(memory.error());
  if (!(*memory)->is_mapped()) check = Check::at_once;
  return adopt(*std::move(memory), check);
}

Result<std::shared_ptr<const ZoneImage>> ZoneImage::from_octets(Octets image, Check check) {
  auto memory = Memory::copy_of(image);
  if (!memory) return Unexpected(memory.error());
  return adopt(*std::move(memory), check);
}

Result<std::shared_ptr<const ZoneImage>> ZoneImage::adopt(std::shared_ptr<Memory> memory, Check check) {
  const Octets file = memory->octets();
  if (const char* problem = check_frame(file)) return failure(problem);
  const auto* image = reinterpret_cast<const ZoneImage*>(file.data());
  memory->know_pages();
  memory->header().memory = reinterpret_cast<std::uintptr_t>(memory.get());
  memory->header().unchecked = 1;
  if (check == Check::at_once) {
    if (auto done = image->finish_check(std::atomic<bool>{false}); !done) return Unexpected(done.error());
  } else if (const char* problem = image->check_apex()) {
    return failure(std::string("zone image: ") + problem);
  }
  memory->expect_random_reads();
  return std::shared_ptr<const ZoneImage>(std::move(memory), image);
}

const ZoneImage* ZoneImage::packed(Octets room) noexcept {
  static const std::atomic<bool> never{false};
  if (room.size() < sizeof(Header)) return nullptr;
  const auto* image = reinterpret_cast<const ZoneImage*>(room.data());
  const Header& header = image->header_;
  if (header.file_octets < sizeof(Header) || header.file_octets > std::min(room.size(), layout::page_octets))
    return nullptr;
  const Octets octets = room.first(header.file_octets);
  if (check_frame(octets) != nullptr) return nullptr;
  const Octets body(octets.data() + header.header_octets, octets.data() + header.page_table_offset);
  if (checksum(body) != layout::load<std::uint64_t>(octets.data() + header.page_table_offset)) return nullptr;
  return ImageCheck(*image, never).run() == nullptr ? image : nullptr;
}

Result<void> ZoneImage::finish_check(const std::atomic<bool>& stop) const {
  if (const Overlay* laid = overlay()) return laid->base().finish_check(stop);
  for (std::size_t page = 0; page < memory().page_count(); ++page) {
    if (page % pages_at_once == 0) {
      if (stop) return {};
      memory().read_ahead(page * layout::page_octets, pages_at_once * layout::page_octets);
    }
    if (!memory().is_right_page(page))
      return failure("zone image: bad checksum of page " + std::to_string(page));
  }
  if (const char* problem = ImageCheck(*this, stop).run())
    return failure(std::string("zone image: ") + problem);
  if (stop) return {};
  __atomic_store_n(&memory().header().unchecked, std::uint8_t{0}, __ATOMIC_RELEASE);
  return {};
}

const char* ZoneImage::check_apex() const noexcept {
  const std::byte* apex = checked_node(header_.apex, Need::node);
  if (apex == nullptr) return "bad apex";
  const NodeView node(*this, apex);
  if (node.name() != origin() || !node.is_apex() || !node.has(RRType::soa)) return "bad apex";
  return FormCheck(*this, &memory()).whole_block(RRType::soa, header_.negative_soa, false);
}

std::span<const layout::TreeBlock> ZoneImage::nsec_tree() const noexcept {
  return section<layout::TreeBlock>(header_.nsec_tree,
                                    header_.nsec_count == 0 ? 0 : NsecTreeShape(header_.nsec_count).blocks);
}

std::span<const std::uint32_t> ZoneImage::nsec3_index() const noexcept {
  return section<std::uint32_t>(header_.nsec3_index, (std::size_t{1} << header_.nsec3_index_bits) + 1);
}

Octets ZoneImage::heap() const noexcept {
  const auto* start = reinterpret_cast<const std::byte*>(buckets().data() + buckets().size());
  return {start, reinterpret_cast<const std::byte*>(order().data())};
}

bool ZoneImage::is_right(const void* at, std::size_t octets) const noexcept {
  return memory().is_right(static_cast<const std::byte*>(at), octets);
}

const void* ZoneImage::checked_item(const void* item, std::size_t octets) const noexcept {
  if (const Overlay* laid = overlay())
    return laid->base().is_plain() ? item : laid->base().checked_item(item, octets);
  alignas(layout::section_alignment) static constexpr std::array<std::byte, sizeof(layout::Bucket)> zeros{};
  if (is_right(item, octets)) return item;
  ImageDamage::meet();
  return zeros.data();
}

const std::byte* ZoneImage::checked_node(std::uint32_t reference, Need need) const noexcept {
  const auto is_as_needed = [need](NodeView node) {
    switch (need) {
      case Need::node:
        return true;
      case Need::cover:
        return !node.is_occluded() && (node.is_zone_cut() || node.has_dname());
      case Need::nsec:
        return node.has(RRType::nsec);
      case Need::nsec3:
        return node.has(RRType::nsec3) && node.name().first_label().size() == layout::hash_label_octets;
    }
    return false;
  };
  if (const Overlay* laid = overlay()) {
    reference = laid->live(reference);
    if (!laid->has(reference)) return laid->base().used_node(reference, need);
    if (is_as_needed(NodeView(*this, at(reference)))) return at(reference);
  } else if (FormCheck(*this, &memory()).whole_node(reference) == nullptr &&
             is_as_needed(NodeView(*this, at(reference)))) {
    return at(reference);
  }
  ImageDamage::meet();
  return nullptr;
}

const std::byte* ZoneImage::checked_negative_soa() const noexcept {
  if (overlay() != nullptr) return at(header_.negative_soa);
  if (FormCheck(*this, &memory()).whole_block(RRType::soa, header_.negative_soa, false) == nullptr)
    return at(header_.negative_soa);
  ImageDamage::meet();
  return empty_soa.octets.data();
}

const std::byte* ZoneImage::nowhere() noexcept { return empty_node.data(); }

}  // namespace doors
