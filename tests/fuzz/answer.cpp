// Query octets to answer octets, over a few zones, refereed by the tests' own strict reader.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "server/answer/respond.h"
#include "tests/support/reply.h"
#include "tests/support/zone_of.h"

namespace {

using namespace doors;

const Snapshot& served() {
  static const Snapshot snapshot = [] {
    const std::string files = DOORS_TEST_SOURCE_DIR "/data/answers/";
    return snapshot_of(
        {image_of_file("example.", files + "nsec.zone"),
         image_of("optout.example.",
                  "@ 60 IN SOA ns host 1 1 1 1 1\n@ 60 IN NS ns\n"
                  "ns 60 IN A 192.0.2.1\nd 60 IN DNAME a.d\n"
                  "l 60 IN DNAME l.example.\n* 60 IN CNAME x.d\n"),
         image_of("test.",
                  "@ 60 IN SOA ns host 1 1 1 1 1\n@ 60 IN NS ns\nc 60 IN CNAME www.example.\n"
                  "d 60 IN DNAME example.\nsub 60 IN NS ns.sub\nns.sub 60 IN AAAA 2001:db8::1\n"
                  "*.m 60 IN MX 1 m.m\nm.m 60 IN A 192.0.2.9\n")});
  }();
  return snapshot;
}

}  // namespace

/// The first octet chooses transport, address family and size of the output; the rest is the query.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Client client;
  client.transport = (data[0] & 1) != 0 ? Transport::tcp : Transport::udp;
  client.ipv6 = (data[0] & 2) != 0;
  static std::array<std::byte, 65535> buffer;
  const MutableOctets out(buffer.data(), (data[0] & 4) != 0 ? std::size_t{512} : buffer.size());
  const Octets query(reinterpret_cast<const std::byte*>(data + 1), size - 1);
  const std::size_t octets = respond(query, served(), client, {}, out);
  const std::size_t limit = client.transport == Transport::tcp ? out.size() : std::size_t{1232};
  const std::string wrong =
      judge(query, Octets(buffer.data(), octets), limit < out.size() ? limit : out.size());
  if (!wrong.empty()) {
    std::fprintf(stderr, "a wrong response: %s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
