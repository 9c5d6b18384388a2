#include "zones/image/image.h"

#include <string>
#include <utility>
#include <vector>

#include <xxhash.h>

#include "zones/image/image_check.h"
#include "zones/image/image_memory.h"

namespace doors {

namespace {

using layout::Header;
using layout::Section;
using layout::SectionEntry;

std::uint64_t checksum(Octets octets) noexcept { return XXH3_64bits(octets.data(), octets.size()); }

/// Everything that can be said of an image from its header alone.
Result<Header> read_header(Octets file) {
  Header header;
  std::memcpy(&header, file.data(), sizeof header);
  const std::string_view magic(header.magic.data(), header.magic.size());
  if (magic != layout::magic) return failure("no zone image");
  if (header.byte_order != layout::byte_order_mark) return failure("zone image of another byte order");
  if (header.version != layout::version) {
    return failure("zone image of layout version " + std::to_string(header.version) + ", not " +
                   std::to_string(layout::version));
  }
  if ((header.required_features & ~layout::known_features) != 0) {
    return failure("zone image needs a feature that is not known here");
  }
  const std::size_t names_at = sizeof(Header) + std::size_t{header.section_count} * sizeof(SectionEntry);
  if (header.section_count > 64 ||
      layout::round_up(names_at + header.origin_octets + header.salt_octets, layout::section_alignment) !=
          header.header_octets ||
      header.header_octets > file.size()) {
    return failure("zone image: bad header");
  }
  std::vector<std::byte> copy(file.begin(), file.begin() + header.header_octets);
  layout::store<std::uint64_t>(copy.data() + offsetof(Header, header_checksum), 0);
  if (checksum(copy) != header.header_checksum) return failure("zone image: bad header checksum");
  if (header.file_octets != file.size()) {
    return failure("zone image has " + std::to_string(file.size()) + " octets, not " +
                   std::to_string(header.file_octets));
  }
  return header;
}

/// The checksums of all pages. Pages are counted from the start of the file; the page table itself is in
/// none, and the header in none but its own checksum.
Result<void> check_pages(Octets file, const Header& header) {
  const std::uint64_t body_end = header.page_table_offset;
  if (body_end % layout::section_alignment != 0 || body_end < header.header_octets ||
      body_end > file.size()) {
    return failure("zone image: bad page table");
  }
  const std::size_t pages = layout::round_up(body_end, layout::page_octets) / layout::page_octets;
  const Octets table = file.subspan(body_end);
  if (table.size() != pages * sizeof(std::uint64_t) || checksum(table) != header.page_table_checksum) {
    return failure("zone image: bad page table");
  }
  for (std::size_t page = 0; page < pages; ++page) {
    const std::size_t start = page == 0 ? header.header_octets : page * layout::page_octets;
    const std::size_t end = std::min<std::size_t>((page + 1) * layout::page_octets, body_end);
    if (end > start && checksum(file.subspan(start, end - start)) !=
                           layout::load<std::uint64_t>(table.data() + page * sizeof(std::uint64_t))) {
      return failure("zone image: bad checksum of page " + std::to_string(page));
    }
  }
  return {};
}

/// One section, which may be missing, as an array; nothing if it does not lie as it should.
template <class Item>
std::optional<std::span<const Item>> section(Octets file, const Header& header, Section id) {
  for (std::uint32_t i = 0; i < header.section_count; ++i) {
    const auto entry = layout::load<SectionEntry>(file.data() + sizeof(Header) + i * sizeof(SectionEntry));
    if (entry.id != static_cast<std::uint32_t>(id)) continue;
    if (entry.offset % layout::section_alignment != 0 || entry.offset < header.header_octets ||
        entry.offset > header.page_table_offset || entry.octets > header.page_table_offset - entry.offset ||
        entry.octets % sizeof(Item) != 0) {
      return std::nullopt;
    }
    return std::span<const Item>(reinterpret_cast<const Item*>(file.data() + entry.offset),
                                 entry.octets / sizeof(Item));
  }
  return std::span<const Item>();
}

}  // namespace

Result<std::shared_ptr<const ZoneImage>> ZoneImage::open(int fd) {
  auto memory = Memory::of_file(fd);
  if (!memory) return Unexpected(memory.error());
  return adopt(*std::move(memory));
}

Result<std::shared_ptr<const ZoneImage>> ZoneImage::from_octets(Octets image) {
  auto memory = Memory::copy_of(image);
  if (!memory) return Unexpected(memory.error());
  return adopt(*std::move(memory));
}

Result<std::shared_ptr<const ZoneImage>> ZoneImage::adopt(std::unique_ptr<Memory> memory) {
  const Octets file = memory->octets();
  const auto header = read_header(file);
  if (!header) return Unexpected(header.error());
  if (auto pages = check_pages(file, *header); !pages) return Unexpected(pages.error());

  const auto buckets = section<layout::Bucket>(file, *header, Section::buckets);
  const auto heap = section<std::byte>(file, *header, Section::heap);
  const auto order = section<std::uint32_t>(file, *header, Section::order);
  const auto nsec = section<std::uint32_t>(file, *header, Section::nsec);
  const auto tree = section<layout::TreeBlock>(file, *header, Section::nsec_tree);
  const auto hashes = section<std::uint64_t>(file, *header, Section::nsec3_hashes);
  const auto nsec3 = section<std::uint32_t>(file, *header, Section::nsec3);
  const auto index = section<std::uint32_t>(file, *header, Section::nsec3_index);
  if (!buckets || !heap || !order || !nsec || !tree || !hashes || !nsec3 || !index) {
    return failure("zone image: bad section table");
  }

  std::shared_ptr<ZoneImage> image(new ZoneImage());
  image->base_ = file.data();
  image->buckets_ = buckets->data();
  image->bucket_count_ = buckets->size();
  image->apex_ = image->at(header->apex);
  image->origin_ = file.data() + sizeof(Header) + header->section_count * sizeof(SectionEntry);
  image->origin_octets_ = header->origin_octets;
  image->origin_labels_ = header->origin_labels;
  image->first_labels_ = header->first_labels;
  image->deepest_labels_ = header->deepest_labels;
  image->denial_ = static_cast<Denial>(header->denial);
  image->nsec3_index_bits_ = header->nsec3_index_bits;
  image->nsec3_iterations_ = header->nsec3_iterations;
  image->nsec3_index_ = index->data();
  image->nsec3_hashes_ = hashes->data();
  image->nsec3_ = *nsec3;
  image->nsec_ = *nsec;
  image->nsec_tree_ = tree->data();
  image->nsec3_salt_ = {image->origin_ + header->origin_octets, header->salt_octets};
  image->order_ = *order;
  image->records_ = header->records;
  image->octets_ = file.size();
  image->version_ = {header->epoch, header->seq, header->serial, header->content_digest};

  ImageCheck check(*image, *header, {*buckets, *heap, *tree, *hashes, *index});
  if (const char* problem = check.run()) return failure(std::string("zone image: ") + problem);
  image->negative_soa_ = image->read_block(RRType::soa, header->negative_soa);
  memory->expect_random_reads();
  image->memory_ = std::move(memory);
  return std::shared_ptr<const ZoneImage>(std::move(image));
}

ZoneImage::~ZoneImage() = default;

}  // namespace doors
