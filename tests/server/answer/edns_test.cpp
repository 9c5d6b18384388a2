#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: EDNS (RFC 6891)") {
  const auto zone = zone_of("example.",
                            "@ 300 IN SOA ns host 1 3600 600 86400 300\n"
                            "@ 300 IN NS  ns\n");

  /// The reply to "example. SOA" with these octets as additional section of `count` records.
  Reply with_additional(unsigned count, std::string_view octets) {
    AskedMessage asked = message_of("example. SOA");
    asked.octets[11] = static_cast<std::byte>(count);
    for (const char c : octets) asked.octets.push_back(static_cast<std::byte>(c));
    return reply_to(zone, asked.octets, asked.client, 1232);
  }
  using namespace std::string_view_literals;
  using namespace std::string_literals;
  constexpr auto opt = "\0\0\x29\4\xd0\0\0\0\0\0\0"sv;

  TEST_CASE("without OPT in the query there is none in the response") {
    CHECK_FALSE(reply_to(zone, "example. SOA").has_opt);
  }
  TEST_CASE("OPT is answered by OPT, with our payload and DO copied") {
    const Reply plain = reply_to(zone, "example. SOA +edns");
    CHECK(plain.has_opt);
    CHECK(plain.payload == 1232);
    CHECK(plain.opt_flags == 0);
    CHECK(plain.options.empty());
    CHECK(reply_to(zone, "example. SOA +do").opt_flags == 0x8000);
  }
  TEST_CASE("OPT is there on every kind of response") {
    for (const char* question :
         {"example. SOA +edns", "example. TXT +edns", "no.example. A +edns", "other. A +edns",
          "id.server. TXT +class=CH +edns", "other. TXT +class=CH +edns", "example. TYPE0 +edns",
          "example. MAILA +edns", "example. A +edns +opcode=4", "example. A +version=1"}) {
      CAPTURE(question);
      CHECK(reply_to(zone, question).has_opt);
    }
  }
  TEST_CASE("a version above 0 is BADVERS, whatever its options look like") {
    for (const char* version : {"1", "2", "255"}) {
      const Reply reply = reply_to(zone, std::string("example. SOA +version=") + version);
      CHECK(reply.rcode() == 16);
      CHECK(reply.answer.empty());
    }
    CHECK(with_additional(1, "\0\0\x29\4\xd0\0\1\0\0\0\3\0\3\0"sv).rcode() == 16);
    CHECK(reply_to(zone, "other. SOA +version=1").rcode() == 16);
  }
  TEST_CASE("unknown flags and options are not echoed") {
    const Reply reply = with_additional(1, "\0\0\x29\4\xd0\0\0\xff\xff\0\6\xff\xf0\0\2ab"sv);
    CHECK(reply.rcode() == 0);
    CHECK(reply.opt_flags == 0x8000);
    CHECK(reply.options.empty());
  }
  TEST_CASE("the extended rcode of the query means nothing") {
    CHECK(with_additional(1, "\0\0\x29\4\xd0\xff\0\0\0\0\0"sv).rcode() == 0);
  }
  TEST_CASE("OPT that is wrong is a format error, answered with OPT if there was a right one") {
    const std::string twice = std::string(opt) + std::string(opt);
    CHECK(with_additional(2, twice).rcode() == 1);
    CHECK(with_additional(2, twice).has_opt);
    const Reply owned = with_additional(1, "\1a\0\0\x29\4\xd0\0\0\0\0\0\0"sv);
    CHECK(owned.rcode() == 1);
    CHECK_FALSE(owned.has_opt);
    CHECK(with_additional(1, "\xc0\x0c\0\x29\4\xd0\0\0\0\0\0\0"sv).rcode() == 1);
    for (const auto overrun : {"\0\0\x29\4\xd0\0\0\0\0\0\4\0\3\0\1"sv, "\0\0\x29\4\xd0\0\0\0\0\0\3\0\3\0"sv,
                               "\0\0\x29\4\xd0\0\0\0\0\0\1\0"sv, "\0\0\x29\4\xd0\0\0\0\0\0\5\0\3\0\0\0"sv}) {
      CHECK(with_additional(1, overrun).rcode() == 1);
      CHECK(with_additional(1, overrun).has_opt);
    }
    CHECK(with_additional(1, "\0\0\x29\4\xd0\0\0\0\0\0\4"sv).rcode() ==
          1);  // RDATA over the end of the message
  }
  TEST_CASE("OPT in another section is a format error") {
    AskedMessage asked = message_of("example. SOA +edns");
    asked.octets[11] = std::byte{0};
    asked.octets[9] = std::byte{1};
    CHECK(reply_to(zone, asked.octets, asked.client, 512).rcode() == 1);
    asked.octets[9] = std::byte{0};
    asked.octets[7] = std::byte{1};
    CHECK(reply_to(zone, asked.octets, asked.client, 512).rcode() == 1);
  }
  TEST_CASE("OPT stands wherever it likes among other additional records") {
    const std::string record = "\0\0\1\0\1\0\0\0\0\0\4abcd"s;
    CHECK(with_additional(2, record + std::string(opt)).has_opt);
    CHECK(with_additional(2, std::string(opt) + record).has_opt);
  }
}
