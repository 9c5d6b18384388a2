#include "zones/dns/types.h"

#include <doctest/doctest.h>

namespace doors {

TEST_SUITE("dns: types and codes (RFC 3597 §5)") {
  TEST_CASE("every type number has a word that leads back to it") {
    for (unsigned number = 0; number <= 0xffff; ++number) {
      const auto type = RRType(static_cast<std::uint16_t>(number));
      REQUIRE(parse_type(to_string(type)) == type);
      REQUIRE(parse_type("TYPE" + std::to_string(number)) == type);
    }
    CHECK(to_string(RRType(65280)) == "TYPE65280");
    CHECK(to_string(RRType::zonemd) == "ZONEMD");
    CHECK(parse_type("nsec3param") == RRType::nsec3param);
    CHECK(parse_type("Type1") == RRType::a);
  }

  TEST_CASE("words that are no types") {
    for (const char* word :
         {"", "AA", "TYPE", "TYPE65536", "TYPE-1", "TYPE 1", "TYPE1x", "TYP1", "IN", "A "}) {
      CAPTURE(std::string(word));
      CHECK_FALSE(parse_type(word));
    }
  }

  TEST_CASE("meta types are no data (RFC 6895 §3.1)") {
    for (const RRType type :
         {RRType{}, RRType::opt, RRType::any, RRType::axfr, RRType::tsig, RRType::nxname}) {
      CHECK(is_meta(type));
    }
    for (const RRType type : {RRType::a, RRType::null, RRType(127), RRType(256), RRType(65280)})
      CHECK_FALSE(is_meta(type));
  }

  TEST_CASE("rcodes have their words") {
    CHECK(to_string(Rcode::nxdomain) == "NXDOMAIN");
    CHECK(to_string(Rcode::badvers) == "BADVERS");
    CHECK(to_string(Rcode(11)) == "RCODE11");
  }
}

}  // namespace doors
