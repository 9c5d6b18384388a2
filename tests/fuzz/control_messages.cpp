// Control messages: what decodes encodes to the same octets.
#include <algorithm>
#include <cstdlib>

#include "zones/base/control_message.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const doors::Octets packet{reinterpret_cast<const std::byte*>(data), size};
  const auto message = doors::ControlMessage::decode(packet);
  if (!message) return 0;
  const auto encoded = message->encode();
  if (!encoded || !std::ranges::equal(*encoded, packet)) std::abort();
  for (const auto& [key, value] : message->fields()) {
    if (!message->get(key)) std::abort();
    (void)message->number(key);
  }
  return 0;
}
