#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: NSID (RFC 5001)") {
  const auto zone =
      zone_of("example.",
              "@   300 IN SOA ns host 1 3600 600 86400 300\n"
              "@   300 IN NS  ns\n"
              "big 300 IN TXT 0123456789012345678901234567890123456789012345678901234567890123456789\n");

  TEST_CASE("it is told when asked for, on every kind of response") {
    for (const char* question :
         {"example. SOA +nsid", "example. TXT +nsid", "no.example. A +nsid", "other. A +nsid",
          "example. TYPE0 +nsid", "example. MAILA +nsid", "example. AXFR +nsid", "example. AXFR +nsid +tcp",
          "example. SOA +nsid +version=1", "example. SOA +nsid +opcode=5", "example. SOA +nsid +opcode=9",
          "id.server. TXT +class=CH +nsid", "other. TXT +class=CH +nsid", "example. SOA +nsid +class=HS",
          "example. SOA +nsid +tcp +do"}) {
      CAPTURE(question);
      CHECK(reply_to(zone, question).option(3) == std::string("test.nsid"));
    }
  }
  TEST_CASE("it is not told when nobody asked, and there is none") {
    CHECK_FALSE(reply_to(zone, "example. SOA +edns").option(3));
    CHECK_FALSE(reply_to(zone, "example. SOA +do").option(3));
    Snapshot silent = zone;
    silent.identity.nsid.clear();
    const Reply reply = reply_to(silent, "example. SOA +nsid");
    CHECK(reply.has_opt);
    CHECK(reply.options.empty());
  }
  TEST_CASE("what was sent with the option is ignored") {
    AskedMessage asked = message_of("example. SOA +nsid");
    asked.octets[asked.octets.size() - 1] = std::byte{2};
    asked.octets[asked.octets.size() - 5] = std::byte{6};
    asked.octets.resize(asked.octets.size() + 2, std::byte{'x'});
    CHECK(reply_to(zone, asked.octets, asked.client, 512).option(3) == std::string("test.nsid"));
  }
  TEST_CASE("it is on truncated responses too") {
    Snapshot long_named = zone;
    long_named.identity.nsid = std::string(255, 'n');
    std::string name = "big.example.";
    std::string text = "@ 300 IN SOA ns host 1 3600 600 86400 300\n@ 300 IN NS ns\n";
    for (int i = 0; i < 10; ++i)
      text += "big 300 IN TXT " + std::string(100, static_cast<char>('a' + i)) + "\n";
    Snapshot big = zone_of("example.", text);
    big.identity.nsid = std::string(200, 'n');
    const Reply reply = reply_to(big, "big.example. TXT +nsid +size=512");
    CHECK(reply.has(0x0200));
    CHECK(reply.option(3) == std::string(200, 'n'));
  }
  TEST_CASE("an NSID that would leave no room for the question stays out") {
    Snapshot long_named = zone;
    long_named.identity.nsid = std::string(255, 'n');
    std::string name;
    for (int i = 0; i < 4; ++i) name += std::string(59, 'a') + ".";
    const Reply reply = reply_to(long_named, name + " A +nsid +size=512");
    CHECK(reply.rcode() == 5);
    CHECK(reply.has_opt);
    CHECK_FALSE(reply.option(3));
  }
}
