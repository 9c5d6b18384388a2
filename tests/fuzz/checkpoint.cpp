// Any octets as a checkpoint with its lists. What parses must encode to the same octets.
#include "sync/trust/checkpoint.h"

#include <cstdint>
#include <cstdlib>

namespace {
void must(bool fine) {
  if (!fine) std::abort();
}
}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const doors::Octets octets{reinterpret_cast<const std::byte*>(data), size};
  if (const auto heads = doors::SignedHeads::decode(octets)) {
    must(doors::text_of(heads->encode()) == doors::text_of(octets));
  }
  if (const auto checkpoint = doors::Checkpoint::decode(octets)) {
    must(doors::text_of(checkpoint->encode()) == doors::text_of(octets));
  }
  // A list alone: of whatever bucket its first octet names, for the hash of a name is hard to hit.
  if (!octets.empty()) {
    const auto list = octets.subspan(1);
    if (const auto heads = doors::decode_heads(list, std::to_integer<std::uint8_t>(octets[0]))) {
      must(doors::text_of(doors::encode_heads(*heads)) == doors::text_of(list));
    }
  }
  return 0;
}
