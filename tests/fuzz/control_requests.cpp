// Any octets as packets on doord's control socket: each request is dealt with exactly once, and what is
// answered can be sent.
//   input: { length u16 | descriptors u8 | packet }*
#include "server/handover/control_requests.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include <fcntl.h>

#include "tests/server/handover/fake_host.h"

namespace {

void must(bool fine) {
  if (!fine) std::abort();
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace doors;
  Octets rest{reinterpret_cast<const std::byte*>(data), size};
  FakeHost host;
  host.server_status.workers.resize(2);
  FakeClient client(host);
  int requests = 0;
  while (rest.size() >= 3) {
    const std::size_t length = std::min<std::size_t>(load_u16(rest.data()), rest.size() - 3);
    const unsigned descriptors = std::to_integer<unsigned>(rest[2]) % 3;
    auto message = ControlMessage::decode(rest.subspan(3, length));
    rest = rest.subspan(3 + length);
    if (!message) continue;
    must(ControlMessage::decode(message->encode().value()).value() == *message);
    std::vector<UniqueFd> fds;
    for (unsigned i = 0; i < descriptors; ++i) {
      fds.emplace_back(::open(i == 0 ? "/proc/self/exe" : "/dev/null", O_RDONLY | O_CLOEXEC));
    }
    for (const auto& reply : client.ask(*std::move(message), std::move(fds)))
      must(reply.encode().has_value());
    must(client.done == ++requests);
  }
  return 0;
}
