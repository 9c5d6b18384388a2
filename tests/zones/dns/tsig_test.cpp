#include "zones/dns/tsig.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "zones/base/text_encoding.h"

using namespace doors;

namespace {

// Key.example. ANY TSIG hmac-sha256. with a MAC of 4 octets and other data of 6, behind 2 octets of something
// else.
constexpr std::string_view before = "beef";
constexpr std::string_view owner = "034b6579076578616d706c6500";
constexpr std::string_view head = "00fa00ff00000000";
constexpr std::string_view fields =
    "0b686d61632d73686132353600"
    "000065432100"
    "012c"
    "0004aabbccdd"
    "1234"
    "0012"
    "0006000065432101";

std::vector<std::byte> octets_of_parts(std::string_view owner_hex, std::string_view head_hex,
                                       std::string_view fields_hex) {
  std::string length = to_hex(std::vector<std::byte>{static_cast<std::byte>(fields_hex.size() / 2 >> 8),
                                                     static_cast<std::byte>(fields_hex.size() / 2 & 0xff)});
  return *from_hex(std::string(before).append(owner_hex).append(head_hex).append(length).append(fields_hex));
}

}  // namespace

TEST_SUITE("dns: TSIG record (RFC 8945 §4.2)") {
  TEST_CASE("it is read, and written as it was") {
    const auto message = octets_of_parts(owner, head, fields);
    const auto record = TsigRecord::read(message, 2);
    REQUIRE(record);
    CHECK(record->key.to_string() == "Key.example.");
    CHECK(record->algorithm.to_string() == "hmac-sha256.");
    CHECK(record->time_signed == 0x0000'6543'2100);
    CHECK(record->fudge == 300);
    CHECK(to_hex(record->mac) == "aabbccdd");
    CHECK(record->original_id == 0x1234);
    CHECK(record->error == 18);
    CHECK(to_hex(record->other) == "000065432101");
    REQUIRE(record->octets() == message.size() - 2);
    std::vector<std::byte> written(record->octets());
    record->write(written.data());
    CHECK(to_hex(written) == to_hex(Octets(message).subspan(2)));
  }
  TEST_CASE("cut anywhere, or with anything behind it, it is no record") {
    const auto message = octets_of_parts(owner, head, fields);
    for (std::size_t size = 2; size < message.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(TsigRecord::read(Octets(message).first(size), 2));
    }
    auto longer = message;
    longer.push_back(std::byte{0});
    CHECK_FALSE(TsigRecord::read(longer, 2));
  }
  TEST_CASE("type, class and TTL are fixed") {
    for (const std::string_view other : {"00fb00ff00000000", "00fa000100000000", "00fa00ff00000001"}) {
      CAPTURE(other);
      CHECK_FALSE(TsigRecord::read(octets_of_parts(owner, other, fields), 2));
    }
  }
  TEST_CASE("RDLENGTH holds the fields exactly") {
    CHECK_FALSE(TsigRecord::read(octets_of_parts(owner, head, std::string(fields) + "00"), 2));
  }
  TEST_CASE("the owner may be compressed, the algorithm's name not") {
    const auto compressed_owner = *from_hex(
        "01780000"
        "c000"
        "00fa00ff00000000"
        "0011"
        "00"
        "000000000000"
        "0000"
        "0000"
        "0000"
        "0000"
        "0000");
    const auto record = TsigRecord::read(compressed_owner, 4);
    REQUIRE(record);
    CHECK(record->key.to_string() == "x.");
    const auto compressed_algorithm = *from_hex(
        "01780000"
        "c000"
        "00fa00ff00000000"
        "0012"
        "c000"
        "000000000000"
        "0000"
        "0000"
        "0000"
        "0000"
        "0000");
    CHECK_FALSE(TsigRecord::read(compressed_algorithm, 4));
  }
}
