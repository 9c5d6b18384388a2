// An OPT record of any content behind a few good questions (RFC 6891). What the response may hold is worked
// out from the octets sent, by a reader of this file's own: the rcode, each option, its size; and the rest is
// what the same question gets whose OPT is empty. The cookie that comes is sent back, and is taken.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "server/answer/respond.h"
#include "tests/support/referee.h"
#include "tests/support/reply.h"
#include "tests/support/zone_of.h"

namespace {

using namespace doors;

constexpr unsigned formerr = 1, badvers = 16, badcookie = 23;
constexpr std::uint16_t nsid = 3, expire = 9, cookie = 10, keepalive = 11, error = 15, report_channel = 18,
                        zone_version = 19;

void must(bool right, const char* otherwise) {
  if (right) return;
  std::fprintf(stderr, "wrong: %s\n", otherwise);
  std::abort();
}

/// Plain; with cookies that are demanded; the same under load, and an agent for error reports; without a
/// name, and with the least response over UDP.
const std::array<Snapshot, 4>& served() {
  static const std::array<Snapshot, 4> snapshots = [] {
    std::array<Snapshot, 4> made;
    for (Snapshot& snapshot : made) {
      snapshot = zones_of({{"example.",
                            "@ 60 IN SOA ns host 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n"
                            "large 60 IN TXT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"},
                           {"test.",
                            "@ 60 IN SOA ns host 1 2 3 4 5\n@ 60 IN NS ns\nsub 60 IN NS ns.sub\n"
                            "ns.sub 60 IN AAAA 2001:db8::1\n*._er 60 IN TXT noted\n"}});
    }
    made[1].cookies.count = 2;
    made[1].cookies.secrets[0].fill(std::byte{1});
    made[1].cookies.demand = Cookies::Demand::always;
    made[2].cookies.count = 1;
    made[2].cookies.demand = Cookies::Demand::under_load;
    made[2].report_agent = *Name::parse("test.");
    made[3].identity.nsid.clear();
    made[3].limits = {.max_udp = 512, .tcp_keepalive = 0};
    return made;
  }();
  return snapshots;
}
const std::vector<std::string> origins{std::string("\7example\0", 9), std::string("\4test\0", 6)};

/// Name and type of each question; the last is none.
const std::array<std::string, 8> questions{
    std::string("\2ns\7example\0\0\1\0\1", 16),  std::string("\2no\7example\0\0\1\0\1", 16),
    std::string("\1x\3sub\4test\0\0\1\0\1", 16), std::string("\5large\7example\0\0\20\0\1", 19),
    std::string("\5other\0\0\1\0\1", 11),        std::string("\2id\6server\0\0\20\0\3", 15),
    std::string("\7example\0\0\6\0\1", 13),      std::string()};

std::uint16_t word(const std::string& octets, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(octets[at]) << 8 |
                                    static_cast<unsigned char>(octets[at + 1]));
}
std::string two_octets(std::size_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number)};
}

struct Asked {
  Client client;
  Now now;
  const Snapshot* snapshot = nullptr;
  std::string question;
  std::string opt;      ///< payload, extended rcode, version and flags: class and TTL of the record
  std::string options;  ///< RDATA

  [[nodiscard]] bool over_tcp() const { return client.transport == Transport::tcp; }
  [[nodiscard]] unsigned payload() const { return word(opt, 0); }
  [[nodiscard]] unsigned version() const { return static_cast<unsigned char>(opt[3]); }
  [[nodiscard]] bool dnssec_ok() const { return (static_cast<unsigned char>(opt[4]) & 0x80u) != 0; }
};

/// The judged response.
Reply reply_to(const Asked& asked) {
  const bool none = asked.question.empty();
  const std::string query = std::string("\x12\x34\1\0\0", 5) + std::string(1, none ? '\0' : '\1') +
                            std::string("\0\0\0\0\0\1", 6) + asked.question + std::string("\0\0\51", 3) +
                            asked.opt + two_octets(asked.options.size()) + asked.options;
  static std::array<std::byte, 65535> buffer;
  const Octets sent = octets_of(query);
  const Octets response =
      Octets(buffer).first(respond(sent, *asked.snapshot, asked.client, asked.now, buffer));
  const std::size_t most =
      std::min<std::size_t>(std::max(asked.payload(), 512u), asked.snapshot->limits.max_udp);
  const std::string wrong = judge(sent, response, asked.over_tcp() ? buffer.size() : most);
  must(wrong.empty(), wrong.c_str());
  Reply reply = *read_reply(response);
  const std::string foul = judge_records(reply, origins);
  must(foul.empty(), foul.c_str());
  return reply;
}

/// What the options ask for, by the RFCs.
struct Wanted {
  bool right = true;  ///< else FORMERR
  std::vector<std::uint16_t> codes;
  std::string cookie;  ///< of the first COOKIE option, if it has a right size

  [[nodiscard]] bool has(std::uint16_t code) const {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
  }
};

Wanted read_options(const std::string& options) {
  Wanted wanted;
  for (std::size_t at = 0; at < options.size();) {
    if (options.size() - at < 4 || options.size() - at - 4 < word(options, at + 2)) {
      wanted.right = false;  // it runs over the end
      break;
    }
    const std::uint16_t code = word(options, at);
    const std::string data = options.substr(at + 4, word(options, at + 2));
    at += 4 + data.size();
    if (code == cookie) {  // RFC 7873 §5.2: of a wrong size none may be; the first counts
      const bool right_size = data.size() == 8 || (data.size() >= 16 && data.size() <= 40);
      wanted.right = wanted.right && right_size;
      if (right_size && !wanted.has(cookie)) wanted.cookie = data;
    }
    if (code == zone_version) {  // RFC 9660 §3.2.1
      wanted.right = wanted.right && data.empty() && !wanted.has(zone_version);
    }
    wanted.codes.push_back(code);
  }
  return wanted;
}

/// Every option of the response is one that was asked for, and those that are for every response are there.
void judge_options(const Asked& asked, const Wanted& wanted, const Reply& reply) {
  const bool current = asked.version() == 0;
  const auto has = [&](std::uint16_t code) { return reply.option(code).has_value(); };
  must(has(nsid) == (wanted.has(nsid) && !asked.snapshot->identity.nsid.empty()), "NSID (RFC 5001)");
  must(has(cookie) == (current && !wanted.cookie.empty() && asked.snapshot->cookies.count > 0),
       "COOKIE (RFC 7873)");
  must(has(keepalive) == (current && wanted.has(keepalive) && asked.over_tcp()), "keepalive (RFC 7828)");
  must(!has(expire) || (current && wanted.has(expire)), "EXPIRE that nobody asked for");
  must(!has(zone_version) || (current && wanted.has(zone_version)), "ZONEVERSION that nobody asked for");
  must(!has(report_channel) || !asked.snapshot->report_agent.view().is_root(),
       "a report channel that there is not");
  for (const ReplyOption& option : reply.options) {
    must(option.code == error || option.code == report_channel || wanted.has(option.code),
         "an option not asked for");
  }
  if (has(cookie))
    must(reply.option(cookie)->substr(0, 8) == wanted.cookie.substr(0, 8), "another client's cookie");
}

/// The rcode is what the OPT record makes of it, or that of the same question whose OPT is empty.
void judge_rcode(const Asked& asked, const Wanted& wanted, const Reply& reply) {
  if (asked.version() != 0) return must(reply.rcode() == badvers, "no BADVERS (RFC 6891 §6.1.3)");
  if (!wanted.right) return must(reply.rcode() == formerr, "no FORMERR for a bad option");
  const Snapshot& snapshot = *asked.snapshot;
  const bool with_cookie = snapshot.cookies.count > 0 && !wanted.cookie.empty();
  const bool may_be_good = wanted.cookie.size() == 24;  // that of ours: RFC 9018 §4
  if (asked.question.empty()) {                         // RFC 7873 §5.4
    if (!with_cookie) return must(reply.rcode() == formerr, "no FORMERR for no question");
    if (wanted.cookie.size() == 8) return must(reply.rcode() == 0, "no cookie for who asked for one");
    return must(reply.rcode() == badcookie || (may_be_good && reply.rcode() == 0), "a forged cookie taken");
  }
  const bool demanded = snapshot.cookies.demand == Cookies::Demand::always ||
                        (snapshot.cookies.demand == Cookies::Demand::under_load && asked.now.overloaded);
  if (with_cookie && demanded && !asked.over_tcp()) {
    if (reply.rcode() == badcookie) return;
    must(may_be_good, "no BADCOOKIE where a good cookie is demanded");
  }
  Asked plain = asked;
  plain.options.clear();
  plain.client.transport = Transport::tcp;
  const Reply whole = reply_to(plain);
  must(reply.rcode() == whole.rcode(), "options change the rcode");
  must(reply.has(0x0200) || reply.answer.size() == whole.answer.size(), "options change the answer");
  must(reply.has(0x0400) == whole.has(0x0400), "options change AA");
}

}  // namespace

/// Octet 0 chooses transport, address family, load, snapshot and question; 1 to 6 are the OPT record's class
/// and TTL; the rest is its RDATA.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t most_options = 4096;
  if (size < 7) return 0;
  Asked asked;
  asked.client.transport = (data[0] & 1) != 0 ? Transport::tcp : Transport::udp;
  asked.client.ipv6 = (data[0] & 2) != 0;
  asked.now = {1'559'731'985, (data[0] & 4) != 0};
  asked.snapshot = &served()[data[0] >> 3 & 3];
  asked.question = questions[data[0] >> 5];
  const std::string octets(reinterpret_cast<const char*>(data), size);
  asked.opt = octets.substr(1, 6);
  asked.options = octets.substr(7, most_options);

  const Wanted wanted = read_options(asked.options);
  const Reply reply = reply_to(asked);
  must(reply.has_opt, "no OPT (RFC 6891 §6.1.1)");
  must(reply.payload == asked.snapshot->limits.max_udp, "another size than ours");
  must(((reply.opt_flags & 0x8000u) != 0) == asked.dnssec_ok(), "DO is not copied (RFC 3225 §3)");
  judge_options(asked, wanted, reply);
  judge_rcode(asked, wanted, reply);

  if (const auto fresh = reply.option(cookie)) {
    asked.options = two_octets(cookie) + two_octets(fresh->size()) + *fresh;
    const Reply again = reply_to(asked);
    must(again.rcode() != badcookie, "a cookie of ours is not taken");
    must(again.option(cookie) == fresh, "a fresh cookie is not kept");
  }
  return 0;
}
