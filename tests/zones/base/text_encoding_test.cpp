#include "zones/base/text_encoding.h"

#include <doctest/doctest.h>

namespace doors {

namespace {
std::string text(const std::optional<std::vector<std::byte>>& octets) {
  return octets ? std::string(text_of(*octets)) : "none";
}
}  // namespace

TEST_SUITE("base: octets as text (RFC 4648)") {
  TEST_CASE("the vectors of RFC 4648 §10") {
    struct Row {
      const char* plain;
      const char* base64;
      const char* base32hex;
      const char* hex;
    };
    for (const Row& row :
         {Row{"", "", "", ""}, Row{"f", "Zg==", "co", "66"}, Row{"fo", "Zm8=", "cpng", "666f"},
          Row{"foo", "Zm9v", "cpnmu", "666f6f"}, Row{"foob", "Zm9vYg==", "cpnmuog", "666f6f62"},
          Row{"fooba", "Zm9vYmE=", "cpnmuoj1", "666f6f6261"},
          Row{"foobar", "Zm9vYmFy", "cpnmuoj1e8", "666f6f626172"}}) {
      CAPTURE(std::string(row.plain));
      CHECK(to_base64(octets_of(row.plain)) == row.base64);
      CHECK(to_base32hex(octets_of(row.plain)) == row.base32hex);
      CHECK(to_hex(octets_of(row.plain)) == row.hex);
      CHECK(text(from_base64(row.base64)) == row.plain);
      CHECK(text(from_base32hex(row.base32hex)) == row.plain);
      CHECK(text(from_hex(row.hex)) == row.plain);
    }
    CHECK(text(from_hex("6F6f")) == "oo");
    CHECK(text(from_base32hex("CPNMUOJ1E8")) == "foobar");
  }

  TEST_CASE("what is not exactly the alphabet, whole and with zero bits unused, is refused") {
    for (const char* bad : {"6", "666", "6g", " 66", "66 ", "0x66"}) {
      CAPTURE(std::string(bad));
      CHECK_FALSE(from_hex(bad));
    }
    for (const char* bad : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm9v=", "Zm9vZ", "Zm 9v",
                            "Zm9v\n", "Zg==Zg==", "Z-_v"}) {
      CAPTURE(std::string(bad));
      CHECK_FALSE(from_base64(bad));
    }
    for (const char* bad : {"c", "cpn", "cp", "cpnmuog=", "w0", "cpnmuo"}) {
      CAPTURE(std::string(bad));
      CHECK_FALSE(from_base32hex(bad));
    }
  }

  TEST_CASE("appending puts octets behind what is there, and leaves it when the text is bad") {
    std::vector<std::byte> out = *from_hex("aa");
    CHECK(append_hex("bb", out));
    CHECK(append_base64("AQ==", out));
    CHECK_FALSE(append_hex("bbx0", out));
    CHECK_FALSE(append_base32hex("!", out));
    CHECK(to_hex(out) == "aabb01");
  }
}

}  // namespace doors
