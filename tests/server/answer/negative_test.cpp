#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: NXDOMAIN and NODATA (RFC 2308, RFC 8020)") {
  std::string soa_of(unsigned ttl, unsigned minimum) {
    return "@ " + std::to_string(ttl) + " IN SOA ns host 1 3600 600 86400 " + std::to_string(minimum) +
           "\n@ 300 IN NS ns\nns 300 IN A 192.0.2.53\n";
  }
  const auto zone = zone_of("example.", soa_of(3600, 300));

  TEST_CASE("both carry the SOA in the authority section, and nothing else") {
    CHECK(ask_all(zone, "ns.example. TXT") == "NODATA aa | authority example. SOA ttl 300");
    CHECK(ask_all(zone, "no.example. A") == "NXDOMAIN aa | authority example. SOA ttl 300");
    CHECK(ask_all(zone, "example. TXT") == "NODATA aa | authority example. SOA ttl 300");
    CHECK(ask_all(zone, "deep.below.ns.example. A") == "NXDOMAIN aa | authority example. SOA ttl 300");
  }
  TEST_CASE("its TTL is the smaller of the SOA's TTL and MINIMUM (RFC 2308 §5)") {
    CHECK(reply_to(zone_of("example.", soa_of(100, 300)), "no.example. A").authority.at(0).ttl == 100);
    CHECK(reply_to(zone_of("example.", soa_of(300, 300)), "no.example. A").authority.at(0).ttl == 300);
    CHECK(reply_to(zone_of("example.", soa_of(900, 0)), "no.example. A").authority.at(0).ttl == 0);
    CHECK(reply_to(zone, "example. SOA").answer.at(0).ttl == 3600);  // asked for, it has its own
  }
  TEST_CASE("in a signed zone the TTL of its RRSIG follows") {
    const auto signed_zone =
        snapshot_of({image_of_file("example.", DOORS_TEST_SOURCE_DIR "/data/answers/nsec.zone")});
    for (const Record& record : reply_to(signed_zone, "no.example. A +do").authority)
      CHECK(record.ttl == 300);
  }
  TEST_CASE("at the root zone") {
    const auto root = zone_of(".",
                              "@ 86400 IN SOA ns.test. host.test. 1 1 1 1 60\n@ 300 IN NS ns.test.\n"
                              "test 300 IN NS ns.test.\nns.test 300 IN A 192.0.2.1\n");
    CHECK(ask_all(root, "nothing. A") == "NXDOMAIN aa | authority . SOA ttl 60");
    CHECK(ask_all(root, ". TXT") == "NODATA aa | authority . SOA ttl 60");
    CHECK(ask_all(root, "a.test. A") ==
          "REFERRAL test. | authority test. NS ns.test. | additional ns.test. A 192.0.2.1");
  }
}
