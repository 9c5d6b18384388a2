#include "zones/dns/serial.h"

#include <initializer_list>

#include <doctest/doctest.h>

#include "zones/dns/ttl.h"

namespace doors {

TEST_SUITE("dns: serials (RFC 1982)") {
  TEST_CASE("a serial is less than those up to 2^31-1 ahead, round the circle") {
    CHECK(Serial(1) < Serial(2));
    CHECK(Serial(0) < Serial(0x7fffffff));
    CHECK(Serial(0xffffffff) < Serial(0));
    CHECK(Serial(0xffffffff) < Serial(0x7ffffffe));
    CHECK(Serial(0x80000001) > Serial(2));
    CHECK_FALSE(Serial(0x80000003) > Serial(2));
    CHECK(Serial(7) == Serial(7));
    CHECK(Serial(7) >= Serial(7));
  }

  TEST_CASE("at a distance of 2^31 neither is newer") {
    for (const std::uint32_t raw : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
      const Serial one(raw);
      const Serial other(raw + 0x80000000u);
      CHECK_FALSE(one < other);
      CHECK_FALSE(one > other);
      CHECK_FALSE(one == other);
    }
  }

  TEST_CASE("next goes round") { CHECK(Serial(0xffffffff).next() == Serial(0)); }
}

TEST_SUITE("dns: TTLs (RFC 2181 §8)") {
  TEST_CASE("31 bits count, more means 0") {
    CHECK(Ttl(0x7fffffff).raw() == 0x7fffffff);
    CHECK(Ttl(0x80000000).raw() == 0);
    CHECK(Ttl(0xffffffff).raw() == 0);
    CHECK(Ttl(1) < Ttl(2));
  }
}

}  // namespace doors
