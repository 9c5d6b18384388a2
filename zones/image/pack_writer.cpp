#include "zones/image/pack_writer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <unistd.h>
#include <xxhash.h>

#include "zones/base/file.h"
#include "zones/dns/hashed_name.h"
#include "zones/image/buckets.h"
#include "zones/image/pack.h"

namespace doors {

namespace {

constexpr std::size_t buffer_octets = std::size_t{1} << 20;
/// As in an image: one bucket in six has passed something on.
constexpr std::size_t slots_used_of_100 = 85 * layout::Bucket::slots;
constexpr std::uint64_t max_pack_octets = std::uint64_t{layout::pack_unit} << 32;

}  // namespace

Result<void> PackWriter::flush() {
  if (failed_) return failure("a part of the pack could not be written");
  auto written = write_all(fd_, buffer_);
  failed_ = !written;
  buffer_.clear();
  return written;
}

Result<void> PackWriter::append(Octets octets) {
  buffer_.insert(buffer_.end(), octets.begin(), octets.end());
  at_ += octets.size();
  return buffer_.size() < buffer_octets ? Result<void>() : flush();
}

Result<void> PackWriter::pad_to(std::uint64_t offset) {
  const std::vector<std::byte> zeros(offset - at_);
  return append(zeros);
}

Result<void> PackWriter::add(Octets image) {
  if (at_ == 0) {
    if (auto padded = pad_to(sizeof(layout::PackHeader)); !padded) return padded;
  }
  if (auto padded = pad_to(layout::round_up(at_, layout::pack_unit)); !padded) return padded;
  if (at_ + image.size() > max_pack_octets - layout::pack_unit) return failure("pack over 256 GiB");
  layout::Header header;
  std::memcpy(&header, image.data(), sizeof header);
  const NameView origin = NameView::trusted(image.subspan(sizeof header, header.origin_octets));
  zones_.push_back({name_hash(origin), static_cast<std::uint32_t>(at_ / layout::pack_unit)});
  label_counts_[header.origin_labels / 64] |= std::uint64_t{1} << (header.origin_labels % 64);
  return append(image);
}

Result<void> PackWriter::finish(std::uint64_t number) {
  std::vector<layout::Bucket> buckets(zones_.size() * 100 / slots_used_of_100 + 1);
  for (const Zone& zone : zones_) layout::put_into_buckets(buckets, zone.hash, zone.reference);
  layout::PackHeader header{};
  const std::uint64_t images_end = std::max<std::uint64_t>(at_, sizeof header);
  // The last image too has its room behind it.
  const std::uint64_t index = layout::round_up(images_end, layout::pack_unit) + layout::packed_image_room;
  if (auto padded = pad_to(index); !padded) return padded;
  const Octets table{reinterpret_cast<const std::byte*>(buckets.data()),
                     buckets.size() * sizeof(layout::Bucket)};
  if (auto appended = append(table); !appended) return appended;
  if (auto flushed = flush(); !flushed) return flushed;

  std::copy(layout::pack_magic.begin(), layout::pack_magic.end(), header.magic.begin());
  header.byte_order = layout::byte_order_mark;
  header.version = layout::pack_version;
  header.file_octets = at_;
  header.index_offset = index;
  header.index_checksum = XXH3_64bits(table.data(), table.size());
  header.bucket_count = static_cast<std::uint32_t>(buckets.size());
  header.zones = static_cast<std::uint32_t>(zones_.size());
  header.number = number;
  header.label_counts = label_counts_;
  header.header_checksum = XXH3_64bits(&header, sizeof header);
  const ssize_t written = ::pwrite(fd_, &header, sizeof header, 0);
  if (written < 0) return system_failure("cannot write the pack", errno);
  return written == sizeof header ? Result<void>() : failure("cannot write the pack");
}

}  // namespace doors
