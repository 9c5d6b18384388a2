#include <doctest/doctest.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

TEST_SUITE("answer: DS (RFC 4035 §3.1.4.1)") {
  const char* const parent =
      "@      300 IN SOA ns host 1 3600 600 86400 300\n"
      "@      300 IN NS  ns\n"
      "sub    300 IN NS  ns.sub\n"
      "ns.sub 300 IN A   192.0.2.1\n"
      "sub    300 IN DS  1 13 2 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
      "plain  300 IN NS  ns.plain\n"
      "ns.plain 300 IN A 192.0.2.2\n";
  const char* const child =
      "@  300 IN SOA ns host 1 3600 600 86400 77\n"
      "@  300 IN NS  ns\n"
      "ns 300 IN A   192.0.2.1\n";
  const std::string ds =
      "NOERROR aa | answer sub.example. DS 1 13 2 "
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

  std::string upper_digest(std::string text) {
    const auto at = text.find("13 2 ");
    for (std::size_t i = at == std::string::npos ? text.size() : at; i < text.size(); ++i) {
      text[i] = text[i] == 'a' ? 'A' : text[i];
    }
    return text;
  }

  TEST_CASE("the parent answers at the cut, with authority") {
    const auto zone = zone_of("example.", parent);
    CHECK(upper_digest(ask_all(zone, "sub.example. DS")) == ds);
    CHECK(ask_all(zone, "plain.example. DS") == "NODATA aa | authority example. SOA ttl 300");
  }
  TEST_CASE("below the cut DS is referred like other types") {
    CHECK(ask(zone_of("example.", parent), "x.sub.example. DS") == "REFERRAL sub.example.");
  }
  TEST_CASE("the child alone says NODATA at its apex") {
    CHECK(ask_all(zone_of("sub.example.", child), "sub.example. DS") ==
          "NODATA aa | authority sub.example. SOA ttl 77");
  }
  TEST_CASE("with both here the parent answers, and nothing else changes") {
    const auto both = zones_of({{"example.", parent}, {"sub.example.", child}, {"plain.example.", child}});
    CHECK(upper_digest(ask_all(both, "sub.example. DS")) == ds);
    CHECK(ask_all(both, "plain.example. DS") == "NODATA aa | authority example. SOA ttl 300");
    CHECK(ask(both, "ns.sub.example. A") == "NOERROR ns.sub.example. A 192.0.2.1");
    CHECK(ask_all(both, "ns.sub.example. DS") == "NODATA aa | authority sub.example. SOA ttl 77");
  }
  TEST_CASE("with a grandparent here, which is not the parent, the child says NODATA") {
    const auto both = zones_of({{"example.", parent}, {"below.sub.example.", child}});
    CHECK(ask_all(both, "below.sub.example. DS") == "NODATA aa | authority below.sub.example. SOA ttl 77");
  }
  TEST_CASE("a parent that does not delegate the child answers for itself") {
    const auto both = zones_of({{"example.", parent}, {"new.example.", child}});
    CHECK(ask_all(both, "new.example. DS") == "NXDOMAIN aa | authority example. SOA ttl 300");
  }
  TEST_CASE("at the root, which has no parent: NODATA") {
    CHECK(ask_all(zone_of(".", "@ 300 IN SOA ns. host. 1 1 1 1 1\n@ 300 IN NS ns.\nns 300 IN A 192.0.2.1\n"),
                  ". DS") == "NODATA aa | authority . SOA ttl 1");
  }
  TEST_CASE("in a chain of aliases too") {
    const auto both =
        zones_of({{"example.", std::string(parent) + "alias 300 IN CNAME sub\n"}, {"sub.example.", child}});
    CHECK(upper_digest(ask_all(both, "alias.example. DS")) ==
          "NOERROR aa | answer alias.example. CNAME sub.example.; sub.example. DS 1 13 2 "
          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  }
  TEST_CASE("of a zone that is not here it is refused") {
    CHECK(ask(zones_of({}), "elsewhere.test. DS") == "REFUSED");
  }
}
