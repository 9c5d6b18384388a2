#include <doctest/doctest.h>

#include "tests/zones/dns/names.h"

namespace doors {

using test::hex;
using test::name;

namespace {

/// The name at `offset` and where the reader stands behind it, or "none".
std::string read(std::string_view message, std::size_t offset) {
  const auto octets = hex(message);
  WireReader reader(octets, offset);
  const auto found = Name::read(reader);
  if (found.has_value() != reader.ok()) return "reader and name disagree";
  return found ? found->to_string() + " " + std::to_string(reader.offset()) : "none";
}

}  // namespace

TEST_SUITE("dns: names in messages (RFC 1035 §4.1.4)") {
  TEST_CASE("a table of names, plain and compressed") {
    struct Row {
      const char* message;
      std::size_t offset;
      const char* result;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"00", 0, ". 1"},
             {"0161 00 ff", 0, "a. 3"},
             {"0161 00 0162 c000", 3, "b.a. 7"},
             {"0161 00 0162 c000 0163 c003 ff", 7, "c.b.a. 11"},
             {"0161 00 c000", 3, "a. 5"},
             {"", 0, "none"},
             {"01", 0, "none"},
             {"0161", 0, "none"},
             {"0161 0162", 0, "none"},
             {"c0", 0, "none"},
             {"c000", 0, "none"},               // to itself
             {"0161 c000", 0, "none"},          // to its own start
             {"0161 c002", 0, "none"},          // to the pointer
             {"c002 00", 0, "none"},            // forwards
             {"c002 c000", 2, "none"},          // round in a circle
             {"0161 00 c0ff", 3, "none"},       // out of the message
             {"40 61 00", 0, "none"},           // label type 01
             {"80 61 00", 0, "none"},           // label type 10
             {"0161 00 0162 c001", 3, "none"},  // into a label: 'a' = 0x61 is no length
             {"0161 00 00", 4, "none"},
             {"0161 00", 9, "none"},
         }) {
      CAPTURE(std::string(row.message));
      CHECK(read(row.message, row.offset) == row.result);
    }
  }

  TEST_CASE("255 octets are read, through pointers too; 256 are not") {
    std::string labels;  // 3 labels of 63: 192 octets
    for (int i = 0; i < 3; ++i) labels += "3f" + std::string(126, '6');
    const auto tail = [](int octets) {
      return (octets < 16 ? "0" : "") +
             to_hex(std::vector<std::byte>{std::byte(octets)}).substr(octets < 16 ? 1 : 0) +
             std::string(static_cast<std::size_t>(octets) * 2, '7');
    };
    CHECK(read(labels + tail(61) + "00", 0) != "none");
    CHECK(read(labels + tail(62) + "00", 0) == "none");
    CHECK(read(labels + "00" + tail(61) + "c000", 193) != "none");
    CHECK(read(labels + "00" + tail(62) + "c000", 193) == "none");
  }

  TEST_CASE("a chain of pointers that each lead backwards is followed, and ends") {
    std::string message = "00";
    for (int i = 0; i < 100; ++i) {  // c000, then each to the one before
      const int target = i == 0 ? 0 : 1 + 2 * (i - 1);
      message += to_hex(std::vector<std::byte>{std::byte(0xc0 | (target >> 8)), std::byte(target & 0xff)});
    }
    CHECK(read(message, 199) == ". 201");
  }

  TEST_CASE("octets are checked to be just one uncompressed name") {
    for (const char* good : {"00", "0161 00", "0161 0162 00"}) CHECK(NameView::checked(hex(good)));
    for (const char* bad : {"", "01", "0161", "0161 00 00", "0000", "c000",
                            "40"
                            "61 00",
                            "0261 00"}) {
      CAPTURE(std::string(bad));
      CHECK_FALSE(NameView::checked(hex(bad)));
    }
  }

  TEST_CASE("labels join a suffix, with or without their root, NUL octets and all") {
    CHECK(Name::join(hex("0161"), name("b."))->to_string() == "a.b.");
    CHECK(Name::join(hex("0161 00"), name("b."))->to_string() == "a.b.");
    CHECK(Name::join(hex("0100"), name("b."))->to_string() == "\\000.b.");
    CHECK(Name::join(hex("0100 00"), name("b."))->to_string() == "\\000.b.");
    CHECK(Name::join(hex("00"), name("b."))->to_string() == "b.");
    CHECK(Name::join({}, name("b."))->to_string() == "b.");
    const Name half = name(std::string(63, 'a') + "." + std::string(62, 'b') + ".");  // 128 octets
    CHECK(Name::join(half.wire(), half)->wire().size() == 255);
    const Name more = name(std::string(63, 'a') + "." + std::string(63, 'b') + ".");  // 129 octets
    CHECK_FALSE(Name::join(more.wire(), half));
  }
}

}  // namespace doors
