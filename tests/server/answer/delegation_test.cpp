#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: delegations and occluded data (RFC 1034 §4.3.2 step 3b)") {
  const auto zone = zone_of("example.",
                            "@       300 IN SOA ns host 1 3600 600 86400 300\n"
                            "@       300 IN NS  ns\n"
                            "ns      300 IN A   192.0.2.53\n"
                            "sub     300 IN NS  ns.sub\n"
                            "sub     300 IN NS  ns\n"
                            "sub     300 IN TXT occluded\n"
                            "ns.sub  300 IN A   192.0.2.1\n"
                            "deep.sub 300 IN NS ns.deep.sub\n"
                            "ns.deep.sub 300 IN A 192.0.2.2\n"
                            "into    300 IN CNAME host.sub\n");
  const std::string referral =
      "REFERRAL sub.example. | authority sub.example. NS ns.example.; sub.example. NS ns.sub.example. | "
      "additional "
      "ns.example. A 192.0.2.53; ns.sub.example. A 192.0.2.1";

  TEST_CASE("at the cut and below it, whatever the type: NS in the authority section, AA clear") {
    for (const char* question :
         {"sub.example. A", "sub.example. NS", "sub.example. SOA", "sub.example. TXT", "sub.example. ANY",
          "sub.example. CNAME", "sub.example. NSEC", "sub.example. RRSIG", "x.sub.example. A",
          "a.b.c.d.sub.example. A", "ns.sub.example. A"}) {
      CAPTURE(question);
      CHECK(ask_all(zone, question) == referral);
    }
  }
  TEST_CASE("of nested cuts the topmost counts; what lies below it is occluded") {
    CHECK(ask_all(zone, "deep.sub.example. NS") == referral);
    CHECK(ask_all(zone, "x.deep.sub.example. A") == referral);
    CHECK(ask_all(zone, "ns.deep.sub.example. A") == referral);
    CHECK(ask_all(zone, "x.sub.example. DS") == referral);
  }
  TEST_CASE("a CNAME into a delegation: the CNAME is authoritative, then follows the referral") {
    CHECK(
        ask_all(zone, "into.example. A") ==
        "NOERROR aa | answer into.example. CNAME host.sub.example. | authority sub.example. NS ns.example.; "
        "sub.example. NS ns.sub.example. | additional ns.example. A 192.0.2.53; ns.sub.example. A 192.0.2.1");
  }
}
