#include "zones/dns/wire_reader.h"

#include <doctest/doctest.h>

#include "tests/zones/dns/names.h"

namespace doors {

using test::hex;

TEST_SUITE("dns: bounded reading") {
  TEST_CASE("fields are big-endian, in a row") {
    const auto message = hex("01 0203 04050607 08090a0b0c0d0e0f ff");
    WireReader reader(message);
    CHECK(reader.u8() == 1);
    CHECK(reader.u16() == 0x0203);
    CHECK(reader.u32() == 0x04050607);
    CHECK(reader.u64() == 0x08090a0b0c0d0e0full);
    CHECK(reader.remaining() == 1);
    CHECK_FALSE(reader.at_end());
    CHECK(reader.octets(1).size() == 1);
    CHECK(reader.at_end());
    CHECK(reader.ok());
    CHECK(reader.octets(0).empty());
    CHECK(reader.ok());
  }

  TEST_CASE("the first read that does not fit fails it for good, and takes nothing") {
    const auto message = hex("0102");
    WireReader reader(message);
    CHECK(reader.u32() == 0);
    CHECK_FALSE(reader.ok());
    CHECK(reader.u8() == 0);
    CHECK(reader.u64() == 0);
    CHECK(reader.octets(1).empty());
    CHECK(reader.remaining() == 0);
    CHECK(reader.offset() == 0);
    WireReader huge(message);
    CHECK(huge.octets(static_cast<std::size_t>(-1)).empty());
    CHECK_FALSE(huge.ok());
  }

  TEST_CASE("an offset behind the end fails at once; at the end it does not") {
    const auto message = hex("0102");
    CHECK_FALSE(WireReader(message, 3).ok());
    WireReader at_end(message, 2);
    CHECK(at_end.ok());
    CHECK(at_end.at_end());
  }
}

}  // namespace doors
