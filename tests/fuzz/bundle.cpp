// Any octets as a bundle, a version record and a signed version. What parses must encode to the same octets.
#include "sync/trust/bundle.h"

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
  if (const auto bundle = doors::Bundle::parse(octets)) {
    for (const auto& item : bundle->items()) {
      must(doors::text_of(item.version.encode().value()) == doors::text_of(item.record));
      (void)doors::check_frames(item.version, item.frames);
    }
  }
  if (const auto version = doors::Version::decode(octets)) {
    must(doors::text_of(version->encode().value()) == doors::text_of(octets));
  }
  if (const auto version = doors::SignedVersion::decode(octets)) {
    must(doors::text_of(version->encode()) == doors::text_of(octets));
    (void)doors::merkle_root_of(version->hash(), version->index, version->push.count, version->path);
  }
  return 0;
}
