// Query octets to answer octets, over a few zones, refereed by the tests' own readers: the message alone, its
// records as an answer to that question, and the same question over TCP, where all has room.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "server/answer/respond.h"
#include "tests/support/referee.h"
#include "tests/support/reply.h"
#include "tests/support/zone_of.h"

namespace {

using namespace doors;

Snapshot make_snapshot() {
  const std::string files = DOORS_TEST_SOURCE_DIR "/data/answers/";
  return snapshot_of({image_of_file("example.", files + "nsec.zone"),
                      image_of("optout.example.",
                               "@ 60 IN SOA ns host 1 1 1 1 1\n@ 60 IN NS ns\n"
                               "ns 60 IN A 192.0.2.1\nd 60 IN DNAME a.d\n"
                               "l 60 IN DNAME l.example.\n* 60 IN CNAME x.d\n"
                               "s 60 IN HTTPS 0 t\nt 60 IN HTTPS 1 .\nt 60 IN A 192.0.2.7\n"),
                      image_of("test.",
                               "@ 60 IN SOA ns host 1 1 1 1 1\n@ 60 IN NS ns\nc 60 IN CNAME www.example.\n"
                               "d 60 IN DNAME example.\nsub 60 IN NS ns.sub\nns.sub 60 IN AAAA 2001:db8::1\n"
                               "*.m 60 IN MX 1 m.m\nm.m 60 IN A 192.0.2.9\n*._er 60 IN TXT noted\n")});
}

/// Plain, with cookies that are demanded, and with an agent for error reports.
const std::array<Snapshot, 3>& served() {
  static const std::array<Snapshot, 3> snapshots = [] {
    std::array<Snapshot, 3> made{make_snapshot(), make_snapshot(), make_snapshot()};
    made[1].cookies.count = 2;
    made[1].cookies.secrets[0].fill(std::byte{1});
    made[1].cookies.demand = Cookies::Demand::always;
    made[2].cookies.count = 1;
    made[2].report_agent = *Name::parse("test.");
    return made;
  }();
  return snapshots;
}
const std::vector<std::string> origins{std::string("\7example\0", 9), std::string("\4test\0", 6)};

[[noreturn]] void report(const std::string& wrong) {
  std::fprintf(stderr, "a wrong response: %s\n", wrong.c_str());
  std::abort();
}

/// The response to `query`, judged; empty for silence.
Octets judged_response(Octets query, const Snapshot& snapshot, const Client& client, Now now,
                       MutableOctets out) {
  const Octets response = out.first(respond(query, snapshot, client, now, out));
  const std::size_t most = client.transport == Transport::tcp ? std::size_t{65535} : std::size_t{1232};
  if (const std::string wrong = judge(query, response, std::min(most, out.size())); !wrong.empty())
    report(wrong);
  return response;
}

}  // namespace

/// The first octet chooses transport, address family, size of the output, snapshot and load; the rest is the
/// query.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Client client;
  client.transport = (data[0] & 1) != 0 ? Transport::tcp : Transport::udp;
  client.ipv6 = (data[0] & 2) != 0;
  const Snapshot& snapshot = served()[data[0] / 8 % 3];
  const Now now{1'559'731'985, (data[0] & 0x80) != 0};
  static std::array<std::byte, 65535> buffer;
  const MutableOctets out(buffer.data(), (data[0] & 4) != 0 ? std::size_t{512} : buffer.size());
  const Octets query(reinterpret_cast<const std::byte*>(data + 1), size - 1);
  const Octets response = judged_response(query, snapshot, client, now, out);
  if (response.empty()) return 0;

  const Reply reply = *read_reply(response);
  if (const std::string wrong = judge_records(reply, origins); !wrong.empty()) report(wrong);

  // The same over TCP: what was truncated is larger there, what was not is the same.
  Client over_tcp = client;
  over_tcp.transport = Transport::tcp;
  static std::array<std::byte, 65535> large_buffer;
  const Octets large = judged_response(query, snapshot, over_tcp, now, large_buffer);
  const Reply whole = *read_reply(large);
  if (const std::string wrong = judge_records(whole, origins); !wrong.empty()) report(wrong);
  if (reply.rcode() == 4 || reply.rcode() == 23) return 0;  // AXFR over UDP; a cookie is demanded over UDP
  const bool is_report = lowered(reply.question).rfind("\3_er", 0) == 0;
  if (reply.has(0x0200)) {
    if (!is_report && large.size() <= 512) report("TC where all had room");  // the least a client can take
  } else if (reply.rcode() != whole.rcode() || reply.has(0x0400) != whole.has(0x0400) ||
             reply.answer.size() != whole.answer.size()) {
    report("another answer over TCP");
  }
  return 0;
}
