#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/image/bus_error.h"
#include "zones/image/image.h"
#include "zones/image/layout.h"

namespace doors {

namespace layout {

inline constexpr std::string_view pack_magic = "DOORPCK1";
inline constexpr std::uint16_t pack_version = 1;
/// A pack counts in units of 64 octets.
inline constexpr std::size_t pack_unit = 64;
/// Larger images have a file of their own: within a pack each is checked as a whole before its first use.
inline constexpr std::size_t max_packed_octets = page_octets;
/// From the start of an image to the end of the file there is at least that much: its header with the longest
/// origin.
inline constexpr std::size_t packed_image_room = 512;

/// The start of a pack.
///
///     header | images, each from a multiple of 64 | Bucket[]: origins to images, in units of 64 octets
struct alignas(64) PackHeader {
  std::array<char, 8> magic;
  std::uint32_t byte_order;
  std::uint16_t version;
  std::uint16_t reserved;
  std::uint64_t file_octets;
  std::uint64_t header_checksum;  ///< XXH3-64 of the header, itself as 0
  std::uint64_t index_offset;     ///< buckets, up to the end of the file
  std::uint64_t index_checksum;
  std::uint32_t bucket_count;
  std::uint32_t zones;
  std::uint64_t number;                       ///< of two packs that have a zone, the higher one's counts
  std::array<std::uint64_t, 2> label_counts;  ///< bit n: some origin has n labels
  std::array<std::uint64_t, 6> zeros;
};
static_assert(sizeof(PackHeader) == 128);

}  // namespace layout

/// Many small images in one mapped file, found by their origins: a million zones are opened as fast as their
/// table is read, and no object is made for any. An image is checked as a whole before its first use, the
/// rest by finish_check(). Immutable; any thread.
class ImagePack {
 public:
  /// Maps the file behind `fd` (which it does not keep) and checks header and table, in some milliseconds for
  /// a million zones. Errors: no pack, other version or byte order, cut off, a checksum.
  [[nodiscard]] static Result<std::shared_ptr<const ImagePack>> open(int fd);
  ~ImagePack();
  ImagePack(const ImagePack&) = delete;
  ImagePack& operator=(const ImagePack&) = delete;

  [[nodiscard]] std::size_t size() const noexcept { return header().zones; }
  [[nodiscard]] std::size_t octets() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t number() const noexcept { return header().number; }
  [[nodiscard]] const std::array<std::uint64_t, 2>& label_counts() const noexcept {
    return header().label_counts;
  }

  /// The image of the zone of that origin, in lower case, and its hash; null if it is not here, or if it is
  /// damaged, which ImageDamage counts.
  [[nodiscard]] const ZoneImage* find(std::uint64_t hash, NameView origin) const noexcept;
  /// Asks the memory for what find() reads first, then, a stage later, for the image.
  void prefetch(std::uint64_t hash) const noexcept { __builtin_prefetch(bucket(hash)); }
  void prefetch_image(std::uint64_t hash) const noexcept;

  /// Places in the table, of which some have a zone: [0, places()).
  [[nodiscard]] std::size_t places() const noexcept {
    return std::size_t{header().bucket_count} * layout::Bucket::slots;
  }
  /// The image at a place, once it is checked; null for none, or a damaged one, which ImageDamage counts.
  [[nodiscard]] const ZoneImage* image_at(std::size_t place) const noexcept;

  [[nodiscard]] bool is_checked() const noexcept { return checked_.load(std::memory_order_relaxed); }
  /// Checks all images, beside look-ups. Gives up, without an error, where `stop` becomes true. Error: how
  /// many are bad; they are not found any more, and the others are.
  [[nodiscard]] Result<void> finish_check(const std::atomic<bool>& stop) const;

 private:
  enum class Known : std::uint8_t { nothing, right, bad };

  ImagePack(const std::byte* at, std::size_t size) noexcept : at_(at), size_(size) {}
  [[nodiscard]] const layout::PackHeader& header() const noexcept {
    return *reinterpret_cast<const layout::PackHeader*>(at_);
  }
  [[nodiscard]] const char* check_header() const noexcept;
  [[nodiscard]] const layout::Bucket* buckets() const noexcept {
    return reinterpret_cast<const layout::Bucket*>(at_ + header().index_offset);
  }
  [[nodiscard]] const layout::Bucket* bucket(std::uint64_t hash) const noexcept {
    return buckets() + layout::bucket_of(hash, header().bucket_count);
  }
  [[nodiscard]] const ZoneImage* image_of(std::uint32_t reference) const noexcept {
    return reinterpret_cast<const ZoneImage*>(at_ + std::size_t{reference} * layout::pack_unit);
  }
  static void lose(void* pack, std::size_t offset) noexcept;

  const std::byte* at_;
  std::size_t size_;
  mutable std::atomic<bool> checked_{false};
  std::atomic<bool> lost_{false};                // a part of the table
  std::unique_ptr<std::atomic<Known>[]> known_;  // by place
  std::optional<BusErrorGuard> guard_;
};

}  // namespace doors
