// Any octets as a zone image: first as they are, then with every checksum made right, as a writer that means
// harm would hand it over. What opens is asked everything that an image can be asked.
#include <cstdint>
#include <vector>

#include "tests/zones/image/mend.h"
#include "tests/zones/image/touch.h"
#include "zones/image/image.h"

namespace {

volatile std::size_t sink;

void ask(doors::Octets octets) {
  using Check = doors::ZoneImage::Check;
  for (const Check check : {Check::at_once, Check::at_use}) {
    if (const auto image = doors::ZoneImage::from_octets(octets, check)) sink = doors::test::touch(**image);
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const doors::Octets octets{reinterpret_cast<const std::byte*>(data), size};
  ask(octets);
  std::vector<std::byte> mended(octets.begin(), octets.end());
  doors::test::mend(mended);
  ask(mended);
  return 0;
}
