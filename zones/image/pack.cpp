#include "zones/image/pack.h"

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <sys/mman.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "zones/image/buckets.h"
#include "zones/image/damage.h"

namespace doors {

using layout::Bucket;
using layout::PackHeader;

namespace {

/// So many places are gone through before the next look at whether to go on.
constexpr std::size_t places_at_once = 4096;

}  // namespace

Result<std::shared_ptr<const ImagePack>> ImagePack::open(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return system_failure("cannot inspect the pack", errno);
  if (!S_ISREG(status.st_mode)) return failure("the pack is no regular file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < sizeof(PackHeader)) return failure("pack: too short");
  void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED) return system_failure("cannot map the pack", errno);
  const std::shared_ptr<ImagePack> pack(new ImagePack(static_cast<const std::byte*>(at), size));
  pack->guard_.emplace(pack->at_, size, pack.get(), &ImagePack::lose);
  if (const char* problem = pack->check_header()) return failure(std::string("pack: ") + problem);
  pack->known_ = std::make_unique<std::atomic<Known>[]>(pack->places());
  (void)::madvise(at, pack->header().index_offset, MADV_RANDOM);
  return std::shared_ptr<const ImagePack>(pack);
}

ImagePack::~ImagePack() {
  guard_.reset();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the mapping is ours
  (void)::munmap(const_cast<std::byte*>(at_), size_);
}

const char* ImagePack::check_header() const noexcept {
  PackHeader copy = header();
  if (std::string_view(copy.magic.data(), copy.magic.size()) != layout::pack_magic) return "none";
  if (copy.byte_order != layout::byte_order_mark) return "of another byte order";
  if (copy.version != layout::pack_version) return "of another version";
  const std::uint64_t checksum = std::exchange(copy.header_checksum, 0);
  if (XXH3_64bits(&copy, sizeof copy) != checksum) return "bad header checksum";
  if (copy.file_octets != size_) return "cut off";
  const std::uint64_t index_octets = std::uint64_t{copy.bucket_count} * sizeof(Bucket);
  if (copy.bucket_count == 0 || copy.index_offset % alignof(Bucket) != 0 || copy.index_offset > size_ ||
      size_ - copy.index_offset != index_octets) {
    return "bad header";
  }
  if (XXH3_64bits(at_ + copy.index_offset, index_octets) != copy.index_checksum) return "bad table checksum";
  std::size_t zones = 0;
  for (std::size_t i = 0; i < copy.bucket_count; ++i) {
    for (const std::uint32_t reference : buckets()[i].nodes) {
      if (reference == 0) continue;
      const std::uint64_t start = std::uint64_t{reference} * layout::pack_unit;
      if (start < sizeof(PackHeader) || start + layout::packed_image_room > size_) return "bad reference";
      ++zones;
    }
  }
  return zones == copy.zones ? nullptr : "bad number of zones";
}

const ZoneImage* ImagePack::image_at(std::size_t place) const noexcept {
  const std::uint32_t reference = buckets()[place / Bucket::slots].nodes[place % Bucket::slots];
  if (reference == 0) return nullptr;
  const ZoneImage* image = image_of(reference);
  if (is_checked()) [[likely]]
    return image;
  Known known = known_[place].load(std::memory_order_acquire);
  if (known == Known::nothing) {
    const std::size_t start = std::size_t{reference} * layout::pack_unit;
    known = ZoneImage::packed({at_ + start, header().index_offset - start}) != nullptr ? Known::right
                                                                                       : Known::bad;
    known_[place].store(known, std::memory_order_release);
  }
  if (known == Known::right) return image;
  ImageDamage::meet();
  return nullptr;
}

// At most bucket_count steps; all but a few searches take one. While images are unchecked, one is checked
// before its origin is compared: or a damaged origin would hide its zone.
const ZoneImage* ImagePack::find(std::uint64_t hash, NameView origin) const noexcept {
  if (lost_.load(std::memory_order_relaxed)) [[unlikely]] {
    ImageDamage::meet();
    return nullptr;
  }
  std::size_t place = layout::bucket_of(hash, header().bucket_count);
  for (std::size_t step = 0; step < header().bucket_count; ++step) {
    const Bucket& bucket = buckets()[place];
    for (unsigned slots = layout::slots_with(bucket, layout::tag_of(hash)); slots != 0; slots &= slots - 1) {
      const auto slot = static_cast<std::size_t>(std::countr_zero(slots));
      if (bucket.nodes[slot] == 0) continue;
      const ZoneImage* image = image_at(place * Bucket::slots + slot);
      if (image == nullptr) return nullptr;
      const Octets own = image->origin().wire();
      if (own.size() == origin.size() && std::memcmp(own.data(), origin.wire().data(), own.size()) == 0)
        return image;
    }
    if ((bucket.spilled & layout::spill_bit(hash)) == 0) return nullptr;
    place = place + 1 == header().bucket_count ? 0 : place + 1;
  }
  return nullptr;
}

void ImagePack::prefetch_image(std::uint64_t hash) const noexcept {
  constexpr std::size_t first_line = offsetof(layout::Header, buckets);
  constexpr std::size_t last_line = 512;  // with the table and the first nodes of a small zone
  const Bucket& bucket = *this->bucket(hash);
  unsigned slots = layout::slots_with(bucket, layout::tag_of(hash));
  if (slots == 0) return;
  const auto* image = reinterpret_cast<const std::byte*>(
      image_of(bucket.nodes[static_cast<std::size_t>(std::countr_zero(slots))]));
  for (std::size_t line = first_line; line < last_line; line += 64) __builtin_prefetch(image + line);
}

Result<void> ImagePack::finish_check(const std::atomic<bool>& stop) const {
  std::size_t bad = lost_ ? 1 : 0;
  for (std::size_t place = 0; place < places(); ++place) {
    if (place % places_at_once == 0 && stop) return {};
    const std::uint32_t reference = buckets()[place / Bucket::slots].nodes[place % Bucket::slots];
    bad += reference != 0 && image_at(place) == nullptr ? 1 : 0;
  }
  if (bad != 0) return failure(std::to_string(bad) + " zones of the pack are bad");
  checked_.store(true, std::memory_order_release);
  return {};
}

// Async-signal-safe.
void ImagePack::lose(void* pack, std::size_t offset) noexcept {
  ImagePack& self = *static_cast<ImagePack*>(pack);
  if (offset < sizeof(PackHeader) || offset + layout::page_octets > self.header().index_offset)
    self.lost_ = true;
  if (self.known_ != nullptr) {
    for (std::size_t place = 0; place < self.places(); ++place)
      self.known_[place].store(Known::nothing, std::memory_order_relaxed);
  }
  self.checked_.store(false, std::memory_order_release);
  ImageDamage::meet();
}

}  // namespace doors
