#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"
#include "zones/base/text_encoding.h"

using namespace doors;

namespace {

/// An option's data in hexadecimal; "none" if the answer has no such option.
std::string option_of(const Snapshot& zone, std::string_view question, std::uint16_t code) {
  const auto data = reply_to(zone, question).option(code);
  return data ? to_hex(octets_of(*data)) : "none";
}

const Snapshot& served() {
  static const Snapshot zones = zones_of({{"example.",
                                           "@    300 IN SOA ns host 4660 3600 600 86400 300\n"
                                           "@    300 IN NS  ns\n"
                                           "sub  300 IN NS  ns.elsewhere.test.\n"
                                           "out  300 IN CNAME www.sub.test.\n"},
                                          {"sub.test.",
                                           "@   300 IN SOA ns host 7 3600 600 1209600 300\n"
                                           "@   300 IN NS  ns\n"
                                           "www 300 IN A   192.0.2.1\n"}});
  return zones;
}

struct Row {
  const char* question;
  const char* data;
};

}  // namespace

TEST_SUITE("answer: ZONEVERSION (RFC 9660)") {
  TEST_CASE("who asks is told the serial of the zone that the question belongs to, and its labels") {
    for (const Row& row : {Row{"example. SOA", "010000001234"}, Row{"a.b.example. A", "010000001234"},
                           Row{"example. TXT", "010000001234"}, Row{"x.sub.example. A", "010000001234"},
                           Row{"out.example. A", "010000001234"}, Row{"www.sub.test. A", "020000000007"},
                           Row{"www.sub.test. A +tcp", "020000000007"}}) {
      CAPTURE(row.question);
      CHECK(option_of(served(), row.question + std::string(" +opt=19"), 19) == row.data);
    }
    CHECK(option_of(zone_of(".", "@ 300 IN SOA ns host 9 1 1 1 1\n@ 300 IN NS ns\n"), "a.b. A +opt=19", 19) ==
          "000000000009");
  }
  TEST_CASE("it is not told unasked, nor of a zone that is not here") {
    CHECK(option_of(served(), "example. SOA +edns", 19) == "none");
    CHECK(option_of(served(), "other. A +opt=19", 19) == "none");
    CHECK(option_of(served(), "example. A +class=CH +opt=19", 19) == "none");
    CHECK(option_of(served(), "example. SOA +opcode=9 +opt=19", 19) == "none");
  }
  TEST_CASE("with data or twice it is a format error (§3.2.1)") {
    for (const char* options : {" +opt=19:00", " +opt=19:010000001234", " +opt=19 +opt=19"}) {
      const Reply reply = reply_to(served(), std::string("example. SOA") + options);
      CHECK(reply.rcode() == 1);
      CHECK(reply.has_opt);
      CHECK_FALSE(reply.option(19));
    }
  }
}

TEST_SUITE("answer: EXPIRE (RFC 7314)") {
  TEST_CASE("who asks is told the zone's SOA EXPIRE") {
    for (const Row& row : {Row{"example. SOA", "00015180"}, Row{"no.example. A", "00015180"},
                           Row{"sub.test. SOA +tcp", "00127500"}}) {
      CAPTURE(row.question);
      CHECK(option_of(served(), row.question + std::string(" +opt=9"), 9) == row.data);
    }
  }
  TEST_CASE("it is not told unasked, nor of a zone that is not here (§3.3)") {
    CHECK(option_of(served(), "example. SOA +edns", 9) == "none");
    CHECK(option_of(served(), "other. SOA +opt=9", 9) == "none");
  }
}

TEST_SUITE("answer: edns-tcp-keepalive (RFC 7828)") {
  TEST_CASE("who asks over TCP is told how long it may idle, whatever the answer is") {
    Snapshot zone = served();
    zone.limits.tcp_keepalive = 300;
    for (const char* question : {"example. SOA +tcp +opt=11", "other. A +tcp +opt=11",
                                 "example. SOA +tcp +opt=11 +opcode=9", "example. SOA +tcp +opt=11:ffff"}) {
      CAPTURE(question);
      CHECK(option_of(zone, question, 11) == "012c");
    }
    zone.limits.tcp_keepalive = 0;
    CHECK(option_of(zone, "example. SOA +tcp +opt=11", 11) == "0000");
  }
  TEST_CASE("over UDP, unasked and to an unknown EDNS version it is not told") {
    CHECK(option_of(served(), "example. SOA +opt=11", 11) == "none");
    CHECK(option_of(served(), "example. SOA +tcp +edns", 11) == "none");
    CHECK(option_of(served(), "example. SOA +tcp +version=1 +opt=11", 11) == "none");
  }
}

TEST_SUITE("answer: all options at once") {
  TEST_CASE("every one comes, and none is echoed that is unknown") {
    Snapshot zone = served();
    zone.cookies.count = 1;
    zone.report_agent = *Name::parse("agent.example.org.");
    const Reply reply =
        reply_to(zone,
                 "example. SOA +tcp +nsid +nsid +opt=9 +opt=10:0102030405060708 +opt=11 +opt=19 +opt=12:0000 "
                 "+opt=8:00011800010203 +opt=65001:ab");
    CHECK(reply.rcode() == 0);
    std::vector<std::uint16_t> codes;
    for (const ReplyOption& option : reply.options) codes.push_back(option.code);
    CHECK(codes == std::vector<std::uint16_t>{10, 3, 11, 19, 9, 18});
  }
  TEST_CASE("the largest of all still leave room in 512 octets for header and question") {
    Snapshot zone = served();
    zone.cookies.count = 1;
    zone.identity.nsid = std::string(255, 'n');
    zone.report_agent = *Name::parse(std::string(60, 'r') + "." + std::string(60, 'r') + ".test.");
    std::string name;
    for (int i = 0; i < 4; ++i) name += std::string(58, 'a') + ".";
    const Reply reply =
        reply_to(zone, name + "example. A +size=512 +do +nsid +opt=9 +opt=10:0102030405060708 +opt=19");
    CHECK(reply.rcode() == 3);
    CHECK(reply.questions == 1);
    CHECK(reply.authority.size() == 1);
    CHECK(reply.option(10));
    CHECK_FALSE(reply.option(3));  // the cookie goes first
  }
}
