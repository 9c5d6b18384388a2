// Answers to NOTIFY, as doorsync gets them from whoever sends it datagrams: whatever comes, at most the zone
// that was told is done with, and without the key's signature not even that.
#include <cstdlib>

#include "sync/xfr/notify_line.h"

namespace {

using namespace doors;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::uint16_t id = 7;
constexpr WallTime wall{std::chrono::seconds(1'700'000'000)};

void check(const std::optional<TsigKey>& key, Octets datagram) {
  xfr::NotifyLine line(key, [] { return id; });
  line.add(std::make_shared<const Name>(*Name::parse("e.")));
  require(line.next(Monotonic{}, wall).has_value());
  line.receive(datagram, wall);
  require(!line.next(Monotonic{}, wall));
  const auto counts = line.counts();
  require(counts.waiting + counts.answered == 1);
  require(!key || counts.answered == 0);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Octets datagram{reinterpret_cast<const std::byte*>(data), size};
  check(std::nullopt, datagram);
  check(TsigKey{*Name::parse("k."), TsigAlgorithm::hmac_sha256, {std::byte{1}}, 0}, datagram);
  return 0;
}
