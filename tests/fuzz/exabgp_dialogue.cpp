// ExaBGP's acknowledgements: whatever arrives, no more is acknowledged than was said, and what is wanted is
// said in the end.
#include "server/routes/exabgp_dialogue.h"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <span>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using doors::Lane;
  doors::ExabgpDialogue dialogue({}, {"192.0.2.0/24", "2001:db8::/48"});
  doors::Monotonic now{};
  std::size_t said = 0;
  for (std::size_t i = 0; i < size; ++i) {
    now += std::chrono::milliseconds(100);
    // Octets over 127 are our side's doing, the others what ExaBGP says.
    if (data[i] >= 0x80) {
      dialogue.want(data[i] & 1, static_cast<Lane>((data[i] >> 1) & 3));
    } else if (!dialogue.hear(std::as_bytes(std::span(data + i, 1)), now)) {
      return 0;
    }
    while (const auto line = dialogue.next(now)) {
      if (line->back() != '\n' || line->find('\n') != line->size() - 1 || line->size() > 512) std::abort();
      if (++said > 2 * size + 2) std::abort();
    }
    if (said == 0 && (dialogue.acknowledged(0) || dialogue.acknowledged(1))) std::abort();
  }
  return 0;
}
