// Any octets as an overlay on one of four images: first as they are, then with checksum and base made right,
// as a writer that means harm would hand it over. What opens is asked everything that an image can be asked.
//
//     | signing of the base u8 | overlay |
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "tests/zones/image/mend_overlay.h"
#include "tests/zones/image/random_zone.h"
#include "tests/zones/image/touch.h"

namespace {

using namespace doors;

volatile std::size_t sink;

std::shared_ptr<const ZoneImage> base_of(unsigned signing) {
  const auto make = [](test::Signing how) { return test::image_of(test::RandomZone(7, how, 25).content()); };
  static const std::array<std::shared_ptr<const ZoneImage>, 4> bases{
      make(test::Signing::none), make(test::Signing::nsec), make(test::Signing::nsec3),
      make(test::Signing::opt_out)};
  return bases[signing % bases.size()];
}

void ask(Octets octets, const std::shared_ptr<const ZoneImage>& base) {
  if (const auto image = ZoneImage::overlay_from_octets(octets, base)) sink = test::touch(**image);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto base = base_of(data[0]);
  const Octets octets{reinterpret_cast<const std::byte*>(data + 1), size - 1};
  ask(octets, base);
  std::vector<std::byte> mended(octets.begin(), octets.end());
  test::mend_overlay(mended, *base);
  ask(mended, base);
  return 0;
}
