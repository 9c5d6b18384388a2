#include "zones/base/control_message.h"

#include <doctest/doctest.h>

#include "zones/base/text_encoding.h"

namespace doors {

namespace {

std::vector<std::byte> packet(std::string_view hex) {
  std::string text = "444f5231";
  for (const char c : hex) {
    if (c != ' ') text += c;
  }
  return *from_hex(text);
}

}  // namespace

TEST_SUITE("base: control messages") {
  TEST_CASE("a message comes back as it was, octets and all") {
    ControlMessage message("offer");
    message.with("zone", "example.").with("seq", std::uint64_t{18'446'744'073'709'551'615u});
    message.with("blob", std::string("\0\xff\n", 3)).with("zone", "second.").with("empty", "");
    const auto packed = message.encode();
    REQUIRE(packed);
    const auto back = ControlMessage::decode(*packed);
    REQUIRE(back);
    CHECK(*back == message);
    CHECK(back->verb() == "offer");
    CHECK(back->text("zone") == "example.");
    CHECK(back->number("seq") == 18'446'744'073'709'551'615u);
    CHECK(back->get("empty") == "");
    CHECK_FALSE(back->get("absent"));
    CHECK(back->text("absent").empty());
  }

  TEST_CASE("a number is digits and nothing else") {
    ControlMessage message("m");
    message.with("a", "").with("b", "1x").with("c", "-1").with("d", " 1").with("e", "18446744073709551616");
    for (const char* key : {"a", "b", "c", "d", "e", "f"}) CHECK_FALSE(message.number(key));
  }

  TEST_CASE("what does not fit is not encoded") {
    CHECK_FALSE(ControlMessage().encode());
    CHECK_FALSE(ControlMessage(std::string(256, 'v')).encode());
    CHECK_FALSE(ControlMessage("v").with("", "x").encode());
    CHECK_FALSE(ControlMessage("v").with(std::string(256, 'k'), "x").encode());
    CHECK_FALSE(ControlMessage("v").with("k", std::string(ControlMessage::max_octets, 'x')).encode());
    ControlMessage full("v");
    const std::size_t room = ControlMessage::max_octets - (4 + 1 + 1 + 2) - (1 + 1 + 4);
    CHECK(ControlMessage("v").with("k", std::string(room, 'x')).encode()->size() ==
          ControlMessage::max_octets);
    CHECK_FALSE(ControlMessage("v").with("k", std::string(room + 1, 'x')).encode());
    for (std::size_t i = 0; i < ControlMessage::max_fields; ++i) full.with("k", "");
    CHECK(full.encode());
    CHECK_FALSE(full.with("k", "").encode());
  }

  TEST_CASE("a packet that is not whole or not ours is refused") {
    CHECK(ControlMessage::decode(packet("01 76 0000")));
    for (const char* hex : {"", "01", "00 0000", "01 76", "01 76 00", "01 76 0001", "01 76 0001 00 00000000",
                            "01 76 0001 01 6b 00000001", "01 76 0001 01 6b ffffffff 00", "01 76 0000 00",
                            "01 76 1001", "ff 76 0000"}) {
      CAPTURE(std::string(hex));
      CHECK_FALSE(ControlMessage::decode(packet(hex)));
    }
    CHECK_FALSE(ControlMessage::decode({}));
    CHECK_FALSE(ControlMessage::decode(octets_of("DOR2\1v")));
    CHECK_FALSE(ControlMessage::decode(std::vector<std::byte>(ControlMessage::max_octets + 1)));
  }
}

}  // namespace doors
