#include <doctest/doctest.h>

#include "tests/zones/dns/names.h"

namespace doors {

using test::hex;
using test::name;

TEST_SUITE("dns: names as text (RFC 1035 §5.1, RFC 4343 §2.1)") {
  TEST_CASE("text becomes wire form") {
    struct Row {
      const char* text;
      const char* wire;
    };
    for (const Row& row : std::initializer_list<Row>{{".", "00"},
                                                     {"a", "0161 00"},
                                                     {"a.", "0161 00"},
                                                     {"Www.Example.", "03577777 074578616d706c65 00"},
                                                     {"a\\.b.c.", "03612e62 0163 00"},
                                                     {"\\000.", "0100 00"},
                                                     {"\\255.", "01ff 00"},
                                                     {"\\a\\b.", "026162 00"},
                                                     {"\\\\.", "015c 00"},
                                                     {"\\..", "012e 00"},
                                                     {"a\\.", "02612e 00"},
                                                     {"*.a.", "012a 0161 00"},
                                                     {"\xc3\xa9.", "02c3a9 00"},
                                                     {"a b.", "03612062 00"},
                                                     {"\\@.", "0140 00"},
                                                     {"\\0461.", "022e31 00"}}) {
      CAPTURE(std::string(row.text));
      const auto parsed = Name::parse(row.text);
      REQUIRE(parsed);
      CHECK(to_hex(parsed->wire()) == to_hex(hex(row.wire)));
    }
  }

  TEST_CASE("what is no name is refused with the reason") {
    struct Row {
      const char* text;
      const char* message;
    };
    for (const Row& row : std::initializer_list<Row>{{"", "empty name"},
                                                     {"..", "empty label in \"..\""},
                                                     {".a", "empty label in \".a\""},
                                                     {"a..b", "empty label in \"a..b\""},
                                                     {"a..", "empty label in \"a..\""},
                                                     {"a\\", "escape at the end in \"a\\\""},
                                                     {"\\25", "bad \\DDD escape in \"\\25\""},
                                                     {"\\2a5.", "bad \\DDD escape in \"\\2a5.\""},
                                                     {"\\256.", "bad \\DDD escape in \"\\256.\""},
                                                     {"\\999.", "bad \\DDD escape in \"\\999.\""}}) {
      CAPTURE(std::string(row.text));
      const auto parsed = Name::parse(row.text);
      REQUIRE_FALSE(parsed);
      CHECK(parsed.error().message == row.message);
    }
  }

  TEST_CASE("a name without the ending dot goes below the origin") {
    const Name origin = name("example.");
    CHECK(Name::parse("www", origin)->to_string() == "www.example.");
    CHECK(Name::parse("www.", origin)->to_string() == "www.");
    CHECK(Name::parse("@", origin)->to_string() == "example.");
    CHECK(Name::parse(".", origin)->to_string() == ".");
    CHECK(Name::parse("\\@", origin)->to_string() == "\\@.example.");
    CHECK(Name::parse("a\\.", origin)->to_string() == "a\\..example.");
    CHECK(Name::parse("a\\\\.", origin)->to_string() == "a\\\\.");
    CHECK(Name::parse("@", NameView())->to_string() == ".");
    CHECK_FALSE(Name::parse("", origin));
  }

  TEST_CASE("63 octets make a label and 255 a name, not one more") {
    const std::string l63(63, 'a');
    CHECK(Name::parse(l63));
    CHECK(Name::parse(l63 + "a").error().message.starts_with("label over 63 octets"));
    const std::string three = l63 + "." + l63 + "." + l63 + ".";
    CHECK(Name::parse(three + std::string(61, 'b'))->wire().size() == 255);
    CHECK(Name::parse(three + std::string(61, 'b') + ".")->wire().size() == 255);
    CHECK(Name::parse(three + std::string(62, 'b')).error().message.starts_with("name over 255 octets"));
    CHECK(Name::parse(three + std::string(59, 'b') + ".c")->wire().size() == 255);
    CHECK_FALSE(Name::parse(three + std::string(60, 'b') + ".c"));
    CHECK_FALSE(Name::parse(three + std::string(61, 'b') + ".c"));
    CHECK_FALSE(Name::parse(three + three + three));
    std::string single;
    for (int i = 0; i < 127; ++i) single += "a.";
    CHECK(Name::parse(single)->view().label_count() == 127);
    CHECK_FALSE(Name::parse(single + "a."));
    // With an origin it is the sum that counts.
    const Name origin = name(three);
    CHECK(Name::parse(std::string(61, 'b'), origin)->wire().size() == 255);
    CHECK_FALSE(Name::parse(std::string(62, 'b'), origin));
  }

  TEST_CASE("a name may be parsed into the very name that is the origin, and stays as it was on an error") {
    Name origin = name("example.");
    CHECK(origin.assign("sub", origin) == nullptr);
    CHECK(origin.to_string() == "sub.example.");
    CHECK(origin.assign("@", origin) == nullptr);
    CHECK(origin.to_string() == "sub.example.");
    CHECK(origin.assign("a..b", origin) != nullptr);
    CHECK(origin.to_string() == "sub.example.");
  }

  TEST_CASE("wire form becomes text that means the same") {
    struct Row {
      const char* wire;
      const char* text;
    };
    for (const Row& row : std::initializer_list<Row>{{"00", "."},
                                                     {"0161 0142 00", "a.B."},
                                                     {"02002e 00", "\\000\\.."},
                                                     {"03205c22 00", "\\032\\\\\\\"."},
                                                     {"04 3b402428 00", "\\;\\@\\$\\(."},
                                                     {"02 7fff 00", "\\127\\255."}}) {
      CAPTURE(std::string(row.text));
      const auto wire = hex(row.wire);
      const auto view = NameView::checked(wire);
      REQUIRE(view);
      CHECK(view->to_string() == row.text);
      CHECK(to_hex(Name::parse(row.text)->wire()) == to_hex(wire));
    }
  }

  TEST_CASE("labels are counted and cut off from either end") {
    const Name www = name("www.example.test.");
    CHECK(www.view().label_count() == 3);
    CHECK(text_of(www.view().first_label()) == "www");
    CHECK(www.view().parent().to_string() == "example.test.");
    CHECK(www.view().suffix(1).to_string() == "test.");
    CHECK(www.view().suffix(0).is_root());
    CHECK(www.view().suffix(9) == www.view());
    CHECK(NameView().label_count() == 0);
    CHECK(NameView().first_label().empty());
    CHECK(NameView().parent().is_root());
    CHECK(name("*.a.").view().is_wildcard());
    CHECK_FALSE(name("a.*.").view().is_wildcard());
    CHECK_FALSE(name("**.a.").view().is_wildcard());
    CHECK(name("*.").view().is_wildcard());
  }

  TEST_CASE("case makes no difference to what a name is, only to how it looks (RFC 4343)") {
    CHECK(name("WWW.Example.") == name("www.eXAMPLE."));
    CHECK(name("WWW.Example.").to_string() == "WWW.Example.");
    Name canonical = name("WWW.Example.");
    canonical.make_canonical();
    CHECK(canonical.to_string() == "www.example.");
    CHECK_FALSE(name("[.") == name("{."));    // 0x5b and 0x7b: 32 apart, but no letters
    CHECK_FALSE(name("@a.") == name("`a."));  // 0x40 and 0x60
    CHECK_FALSE(name("\\193.") == name("\\225."));
  }

  TEST_CASE("at or below goes by labels, not by octets") {
    CHECK(name("www.example.").view().is_at_or_below(name("EXAMPLE.")));
    CHECK(name("example.").view().is_at_or_below(name("example.")));
    CHECK(name("example.").view().is_at_or_below(NameView()));
    CHECK_FALSE(name("example.").view().is_at_or_below(name("www.example.")));
    CHECK_FALSE(name("notexample.").view().is_at_or_below(name("example.")));
    // The octets of \003www look like a label of their own inside another.
    CHECK_FALSE(name("a\\003www.").view().is_at_or_below(name("www.")));
  }
}

}  // namespace doors
