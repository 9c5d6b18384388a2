#include "zones/content/zonemd.h"

#include <doctest/doctest.h>

#include "tests/zones/load/signed_zone.h"
#include "zones/base/text_encoding.h"

namespace doors {

using test::problems_of;
using test::signed_zone;
using Strings = std::vector<std::string>;

namespace {

// RFC 8976 Appendix A.1 and A.2.
const std::string simple =
    "example.      86400 IN SOA ns1 admin 2018031900 (\n  1800 900 604800 86400 )\n"
    "              86400 IN NS    ns1\n              86400 IN NS    ns2\n"
    "ns1           3600  IN A     203.0.113.63\nns2           3600  IN AAAA  2001:db8::63\n";
const std::string simple_zonemd =
    "@ 86400 IN ZONEMD 2018031900 1 1 ( c68090d90a7aed71 6bc459f9340e3d7c 1370d4d24b7e2fc3 a1ddc0b9a87153b9\n"
    " a9713b3c9ae5cc27 777f98b8e730044c )\n";
const std::string complex =
    "example.      86400 IN SOA ns1 admin 2018031900 ( 1800 900 604800 86400 )\n"
    "              86400 IN NS    ns1\n              86400 IN NS    ns2\n"
    "ns1           3600  IN A     203.0.113.63\nNS2           3600  IN AAAA  2001:db8::63\n"
    "occluded.sub  7200  IN TXT   \"I'm occluded but must be digested\"\n"
    "sub           7200  IN NS    ns1\n"
    "duplicate     300   IN TXT   \"I must be digested just once\"\n"
    "duplicate     300   IN TXT   \"I must be digested just once\"\n"
    "foo.test.     555   IN TXT   \"out-of-zone data must be excluded\"\n"
    "UPPERCASE     3600  IN TXT   \"canonicalize uppercase owner names\"\n"
    "*             777   IN PTR   dont-forget-about-wildcards\n"
    "mail          3600  IN MX    20 MAIL1\nmail          3600  IN MX    10 Mail2.Example.\n"
    "sortme        3600  IN AAAA  2001:db8::5:61\nsortme        3600  IN AAAA  2001:db8::3:62\n"
    "sortme        3600  IN AAAA  2001:db8::4:63\nsortme        3600  IN AAAA  2001:db8::1:65\n"
    "sortme        3600  IN AAAA  2001:db8::2:64\n"
    "non-apex      900   IN ZONEMD 2018031900 1 1 ( 616c6c6f77656420 6275742069676e6f 7265642e20616c6c\n"
    " 6f77656420627574 2069676e6f726564 2e20616c6c6f7765 )\n";

std::string digest_of(const std::string& text, ZonemdAlgorithm algorithm) {
  return to_hex(zonemd_digest(test::load(text, test::with_origin("example.")).content, algorithm));
}

}  // namespace

TEST_SUITE("load: ZONEMD (RFC 8976)") {
  TEST_CASE("the examples of RFC 8976 Appendix A") {
    CHECK(digest_of(simple, ZonemdAlgorithm::sha384) ==
          "c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c");
    std::string in_zone = complex;
    in_zone.erase(in_zone.find("foo.test."), in_zone.find("UPPERCASE") - in_zone.find("foo.test."));
    CHECK(digest_of(in_zone, ZonemdAlgorithm::sha384) ==
          "a3b69bad980a3504e1cffcb0fd6397f93848071c93151f552ae2f6b1711d4bd2d8b39808226d7b9db71e34b72077f8fe");
  }

  TEST_CASE("a record that matches passes, and its own presence changes nothing") {
    CHECK(problems_of(simple + simple_zonemd, 2026) == Strings{});
    CHECK(problems_of(simple, 2026) == Strings{});
    CHECK(problems_of(signed_zone("zonemd"), 2027) == Strings{});
  }

  TEST_CASE("a record that does not match is told of the gate zonemd") {
    const auto one = [](const std::string& text) {
      const auto problems = problems_of(text, 2026);
      return problems.size() == 1 ? problems.front() : std::to_string(problems.size()) + " problems";
    };
    const std::string zeros(96, '0');
    CHECK(one(simple + "@ 1 ZONEMD 2018031900 1 1 " + zeros + "\n")
              .starts_with("zonemd: example.: ZONEMD does not match"));
    CHECK(one(simple + simple_zonemd + "w 300 A 192.0.2.1\n")
              .starts_with("zonemd: example.: ZONEMD does not match"));
    CHECK(one(simple + "@ 1 ZONEMD 7 1 1 " + zeros + "\n") ==
          "zonemd: example.: ZONEMD is of serial 7, the SOA has 2018031900");
    CHECK(one(simple + "@ 1 ZONEMD 2018031900 1 250 " + zeros + "\n") ==
          "zonemd (warning): example.: ZONEMD of a scheme or algorithm that is not known");
    CHECK(one(simple + simple_zonemd + "@ 1 ZONEMD 2018031900 1 1 " + zeros + "\n") ==
          "zonemd: example.: two ZONEMD of the same scheme and algorithm (2 records in all)");
    CHECK(one(simple + "@ 1 ZONEMD 2018031900 1 250 " + zeros + "\n@ 1 ZONEMD 2018031900 1 1 " + zeros + "\n")
              .starts_with("zonemd: example.: ZONEMD does not match"));
  }

  TEST_CASE("one record that matches is enough") {
    CHECK(
        problems_of(simple + simple_zonemd + "@ 86400 ZONEMD 2018031900 1 2 " + std::string(128, '0') + "\n",
                    2026) == Strings{});
  }
}

}  // namespace doors
