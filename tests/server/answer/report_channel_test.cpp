#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: error reports (RFC 9567)") {
  /// A signed-off zone, and the one that reports on it go to.
  Snapshot with_agent() {
    std::string text = "@ 300 IN SOA ns host 1 3600 600 86400 300\n@ 300 IN NS ns\n";
    for (int i = 0; i < 10; ++i) text += "big 300 IN TXT " + std::to_string(i) + std::string(100, 'x') + "\n";
    Snapshot zones = zones_of({{"example.", text},
                               {"agent.test.",
                                "@     300 IN SOA ns host 1 3600 600 86400 300\n"
                                "@     300 IN NS  ns\n"
                                "*._er 300 IN TXT noted\n"}});
    zones.report_agent = *Name::parse("agent.test.");
    zones.cookies.count = 1;
    return zones;
  }
  const std::string channel = std::string("\5agent\4test\0", 12);
  const std::string report = "_er.1.broken.example.7._er.agent.test. TXT";

  TEST_CASE("whoever has EDNS is told where to report errors in a zone") {
    for (const char* question : {"example. SOA +edns", "no.example. A +do", "example. TXT +edns +tcp"}) {
      CAPTURE(question);
      CHECK(reply_to(with_agent(), question).option(18) == channel);
    }
    CHECK_FALSE(reply_to(with_agent(), "example. SOA").has_opt);
  }
  TEST_CASE("but not where no zone answers, nor in the zone that the reports go to (§8.1)") {
    for (const char* question : {"other. A +edns", "id.server. TXT +class=CH +edns", "agent.test. SOA +edns",
                                 "example. SOA +edns +opcode=9"}) {
      CAPTURE(question);
      CHECK_FALSE(reply_to(with_agent(), question).option(18));
    }
    Snapshot none = with_agent();
    none.report_agent = Name();
    CHECK_FALSE(reply_to(none, "example. SOA +edns").option(18));
  }
  TEST_CASE("it never takes the room of a record") {
    const Reply reply = reply_to(with_agent(), "big.example. TXT +size=1200");
    CHECK_FALSE(reply.has(0x0200));
    CHECK(reply.answer.size() == 10);
    Snapshot silent = with_agent();
    silent.report_agent = Name();
    for (unsigned size = 1140; size < 1200; ++size) {
      CAPTURE(size);
      const Reply tight = reply_to(with_agent(), "big.example. TXT +size=" + std::to_string(size));
      CHECK(tight.octets <= size);
      CHECK(tight.has(0x0200) ==
            reply_to(silent, "big.example. TXT +size=" + std::to_string(size)).has(0x0200));
    }
  }
  TEST_CASE("a report is answered, but over UDP only to who shows a good cookie (§6.3)") {
    const Snapshot zone = with_agent();
    CHECK(ask(zone, report) == "TC NOERROR");
    CHECK(ask(zone, report + " +edns") == "TC NOERROR");
    CHECK(ask(zone, "_ER.1.x.7._er.AGENT.test. TXT +keep_case") == "TC NOERROR");
    const Reply challenged = reply_to(zone, report + " +opt=10:0102030405060708");
    CHECK(challenged.has(0x0200));
    const auto cookie = challenged.option(10);
    REQUIRE(cookie);
    AskedMessage asked = message_of(report + " +opt=10:" + std::string(48, '0'));
    std::copy_n(octets_of(*cookie).begin(), 24, asked.octets.end() - 24);
    CHECK(reply_to(zone, asked.octets, asked.client, 1232).answer.size() == 1);
    CHECK(ask(zone, report + " +tcp") == "NOERROR _er.1.broken.example.7._er.agent.test. TXT noted");
  }
  TEST_CASE("what is no report is answered as ever") {
    const Snapshot zone = with_agent();
    CHECK(ask(zone, "1.broken.7._er.agent.test. TXT") == "NOERROR 1.broken.7._er.agent.test. TXT noted");
    CHECK(ask(zone, "_er.1.x.7._er.agent.test. A") == "NODATA");
    CHECK(ask(zone, "_er.1.x.7._er.example. TXT") == "NXDOMAIN");
    Snapshot none = zone;
    none.report_agent = Name();
    CHECK(ask(none, report) == "NOERROR _er.1.broken.example.7._er.agent.test. TXT noted");
  }
}
