#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

namespace {

/// An RRSIG of that owner and type, with that TTL; the signature is none.
std::string signature(const std::string& owner, const std::string& type, int labels, int ttl) {
  return owner + " " + std::to_string(ttl) + " IN RRSIG " + type + " 13 " + std::to_string(labels) + " " +
         std::to_string(ttl) + " 20300101000000 20260101000000 1 example. c2ln\n";
}

}  // namespace

TEST_SUITE("answer: zones signed in part, served as they are (RFC 4035 §3.1)") {
  const std::string plain =
      "@     300 IN SOA ns host 1 3600 600 86400 60\n"
      "@     300 IN NS  ns\n"
      "ns    300 IN A   192.0.2.53\n"
      "a     300 IN A   192.0.2.1\n"
      "b     300 IN A   192.0.2.2\n"
      "a.*   300 IN A   192.0.2.3\n";

  TEST_CASE("signatures without a chain come along, and nothing is proved") {
    const auto zone =
        zone_of("example.", plain + signature("@", "SOA", 1, 300) + signature("a", "A", 2, 300));
    CHECK(ask(zone, "a.example. A +do") == "NOERROR a.example. A 192.0.2.1; a.example. RRSIG A");
    CHECK(ask(zone, "b.example. A +do") == "NOERROR b.example. A 192.0.2.2");
    CHECK(ask_all(zone, "c.b.example. A +do") ==
          "NXDOMAIN aa | authority example. RRSIG SOA; example. SOA ttl 60");
  }

  const std::string chain =
      "@   3600 IN NSEC a.* NS SOA RRSIG NSEC\n"
      "a.* 3600 IN NSEC a A RRSIG NSEC\n"
      "a   3600 IN NSEC b A RRSIG NSEC\n"
      "b   3600 IN NSEC ns A RRSIG NSEC\n"
      "ns  3600 IN NSEC @ A RRSIG NSEC\n";
  const auto zone =
      zone_of("example.", plain + chain + signature("@", "SOA", 1, 300) + signature("@", "NSEC", 1, 3600));

  TEST_CASE("an NSEC whose signature is missing is given without") {
    CHECK(ask_all(zone, "b.example. TXT +do") ==
          "NODATA aa | authority b.example. NSEC ns.example.; example. RRSIG SOA; example. SOA ttl 60");
  }
  TEST_CASE("NSECs have the TTL they were signed with (RFC 4034 §3.1.4), the SOA that of a denial") {
    for (const Record& record : reply_to(zone, "c.b.example. A +do").authority) {
      CAPTURE(to_text(record));
      const bool of_soa = record.type == 6 || to_text(record).ends_with("RRSIG SOA");
      CHECK(record.ttl == (of_soa ? 60 : 3600));
    }
  }
  TEST_CASE("a wildcard that is an empty non-terminal is proved to have no data (RFC 4035 §3.1.3.4)") {
    CHECK(ask_section(zone, "authority", "c.example. A +do") ==
          "b.example. NSEC ns.example.; example. NSEC a.*.example.; example. RRSIG NSEC; example. RRSIG SOA; "
          "example. SOA ttl 60");
    CHECK(ask(zone, "c.example. A +do") == "NODATA");
  }
}
