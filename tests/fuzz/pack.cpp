// Any octets as a pack of images: as they are, and with the checksums made right, those of the pack alone and
// those of each image too, as a writer that means harm would hand it over. What opens is asked for every zone
// in it, before the check of the whole and after.
#include "zones/image/pack.h"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/zones/image/mend.h"
#include "tests/zones/image/mend_pack.h"
#include "tests/zones/image/touch.h"
#include "zones/base/file.h"
#include "zones/dns/hashed_name.h"

namespace {

using namespace doors;

volatile std::size_t sink;

void ask(Octets octets) {
  const auto fd = sealed_memory_file("pack", octets);
  if (!fd) return;
  const auto pack = ImagePack::open(fd->get());
  if (!pack) return;
  static const std::atomic<bool> never{false};
  for (const bool checked : {false, true}) {
    if (checked) (void)(*pack)->finish_check(never);
    std::size_t found = 0;
    for (std::size_t place = 0; place < (*pack)->places(); ++place) {
      const ZoneImage* image = (*pack)->image_at(place);
      if (image == nullptr) continue;
      sink = test::touch(*image);
      const HashedName origin(image->origin());
      (*pack)->prefetch(origin.hash());
      (*pack)->prefetch_image(origin.hash());
      found += (*pack)->find(origin.hash(), origin.view()) != nullptr ? 1 : 0;
    }
    sink = found;
  }
}

/// Makes the checksums of the images right, wherever the table says there is one.
void mend_images(std::vector<std::byte>& pack) {
  layout::PackHeader header;
  if (pack.size() < sizeof header) return;
  std::memcpy(&header, pack.data(), sizeof header);
  if (header.index_offset > pack.size()) return;
  const std::size_t buckets = std::min<std::size_t>(
      header.bucket_count, (pack.size() - header.index_offset) / sizeof(layout::Bucket));
  for (std::size_t i = 0; i < buckets; ++i) {
    layout::Bucket bucket;
    std::memcpy(&bucket, pack.data() + header.index_offset + i * sizeof bucket, sizeof bucket);
    for (const std::uint32_t reference : bucket.nodes) {
      const std::size_t start = std::size_t{reference} * layout::pack_unit;
      layout::Header image;
      if (reference == 0 || start + sizeof image > header.index_offset) continue;
      std::memcpy(&image, pack.data() + start, sizeof image);
      if (image.file_octets > header.index_offset - start) continue;
      const auto from = pack.begin() + static_cast<std::ptrdiff_t>(start);
      std::vector<std::byte> mended(from, from + static_cast<std::ptrdiff_t>(image.file_octets));
      test::mend(mended);
      std::copy(mended.begin(), mended.end(), from);
    }
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Octets octets{reinterpret_cast<const std::byte*>(data), size};
  ask(octets);
  std::vector<std::byte> mended(octets.begin(), octets.end());
  test::mend_pack(mended);
  ask(mended);
  mend_images(mended);
  ask(mended);
  return 0;
}
