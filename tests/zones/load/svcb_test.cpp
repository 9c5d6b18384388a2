#include <doctest/doctest.h>

#include "tests/zones/load/loading.h"
#include "zones/base/text_encoding.h"

namespace doors {

using test::errors;
using test::load;
using test::records_of;
using Strings = std::vector<std::string>;

namespace {

/// RDATA of the SVCB record at w.example., in hex.
std::string wire_of(const std::string& text) {
  const LoadedZone zone = load(std::string(test::apex) + "w 60 SVCB " + text + "\n");
  return to_hex(zone.content.find(*Name::parse("w.example."), RRType::svcb)->rdatas.front());
}
const std::string foo = "03666f6f076578616d706c6503636f6d00";  // foo.example.com.

}  // namespace

TEST_SUITE("load: SVCB and HTTPS (RFC 9460)") {
  TEST_CASE("the test vectors of RFC 9460 Appendix D") {
    CHECK(wire_of("0 foo.example.com.") == "0000" + foo);
    CHECK(wire_of("1 .") == "000100");
    CHECK(wire_of("16 foo.example.com. port=53") == "0010" + foo + "000300020035");
    CHECK(wire_of("1 foo.example.com. key667=hello") == "0001" + foo + "029b000568656c6c6f");
    CHECK(wire_of("1 foo.example.com. key667=\"hello\\210qoo\"") ==
          "0001" + foo + "029b000968656c6c6fd2716f6f");
    CHECK(wire_of("1 foo.example.com. ipv6hint=\"2001:db8::1,2001:db8::53:1\"") ==
          "0001" + foo + "0006002020010db800000000000000000000000120010db8000000000000000000530001");
    CHECK(wire_of("16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1") ==
          "001003666f6f076578616d706c65036f72670000000004000100040001000902683205"
          "68332d3139"
          "00040004c0000201");
    CHECK(wire_of("16 foo.example.org. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"") ==
          "001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c62617202"
          "6832");
    CHECK(wire_of("16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2") ==
          "001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c62617202"
          "6832");
  }

  TEST_CASE("the failure cases of RFC 9460 Appendix D, and others") {
    for (const char* params : {"key123=abc key123=def",
                               "mandatory",
                               "alpn",
                               "port",
                               "ipv4hint",
                               "ipv6hint",
                               "no-default-alpn=abc",
                               "mandatory=key123",
                               "mandatory=mandatory",
                               "mandatory=key123,key123 key123=abc",
                               "alpn=",
                               "alpn=a,,b",
                               "port=65536",
                               "port=",
                               "port=1x",
                               "ipv4hint=1.2.3",
                               "ipv4hint=::1",
                               "ipv6hint=1.2.3.4",
                               "ech=",
                               "ech=#",
                               "key65536=x",
                               "key0123=x",
                               "key=x",
                               "nokey=x",
                               "no-default-alpn",
                               "alpn=\"h2",
                               "al\"pn\"=h2",
                               "ohttp=1",
                               "\"port=53\""}) {
      CAPTURE(std::string(params));
      const Strings found =
          errors(std::string(test::apex) + "w 60 HTTPS 1 foo.example.com. " + params + "\n");
      REQUIRE(found.size() == 1);
      CHECK(found.front() != "it loads");
    }
  }

  TEST_CASE("what is written reads back") {
    for (const char* line :
         {"w.example. 60 IN HTTPS 0 foo.example.com.",
          "w.example. 60 IN HTTPS 1 . alpn=\"h2,h3\" no-default-alpn port=8443 ipv4hint=192.0.2.1,192.0.2.2 "
          "ech=AQID ipv6hint=2001:db8::1 dohpath=\"/dns-query{?dns}\" ohttp key667=\"a b\"",
          "w.example. 60 IN SVCB 1 foo. mandatory=alpn,port alpn=\"h2\" port=53",
          "w.example. 60 IN SVCB 1 foo. key667"}) {
      CAPTURE(std::string(line));
      CHECK(records_of(std::string(line) + "\n") == Strings{line});
    }
    // A value that no text of its key gives comes as \#.
    CHECK(rdata_to_presentation(RRType::svcb, *from_hex("000100"
                                                        "0003"
                                                        "0001"
                                                        "35")) == "\\# 8 0001000003000135");
    CHECK(rdata_to_presentation(RRType::svcb, *from_hex("000100"
                                                        "0000"
                                                        "0002"
                                                        "0001")) == "\\# 9 000100000000020001");
  }
}

}  // namespace doors
