#include "zones/base/log.h"

#include <string>

#include <doctest/doctest.h>

using namespace doors;

TEST_SUITE("base: log lines") {
  TEST_CASE("a text line is key=value, quoted where a reader would stumble") {
    struct Row {
      const char* value;
      const char* written;
    };
    for (const Row& row :
         {Row{"example.", "example."}, Row{"two words", "\"two words\""}, Row{"", "\"\""},
          Row{"a=b", "\"a=b\""}, Row{"say \"no\"", "\"say \\\"no\\\"\""},
          Row{"back\\slash", "\"back\\\\slash\""}, Row{"line\nend", "\"line\\nend\""},
          Row{"\x1b[2J", "\"\\u001b[2J\""}, Row{"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
          Row{"\xff\xc3", "\"\\u00ff\\u00c3\""}}) {
      CAPTURE(row.value);
      CHECK(log::body_of_line(log::Format::text, "e", {{"k", row.value}}) ==
            "event=e k=" + std::string(row.written));
    }
  }

  TEST_CASE("a JSON line has numbers and truth values bare, and all text quoted") {
    CHECK(log::body_of_line(log::Format::json, "zone served",
                            {{"zone", "example."}, {"serial", 7u}, {"first", true}, {"reason", "a \"b\""}}) ==
          R"("event":"zone served","zone":"example.","serial":7,"first":true,"reason":"a \"b\"")");
  }

  TEST_CASE("no value can end its line or begin another field") {
    for (int octet = 0; octet < 256; ++octet) {
      const std::string value = "a" + std::string(1, static_cast<char>(octet)) + "b";
      const std::string line = log::body_of_line(log::Format::text, "e", {{"k", value}});
      CHECK(line.find('\n') == std::string::npos);
      CHECK(line.starts_with("event=e k="));
    }
  }

  TEST_CASE("settings are read strictly") {
    auto file = parse_config("[log]\nlevel = \"warn\"\nformat = \"json\"\n", "x.toml");
    REQUIRE(file);
    const auto settings = log::read_settings(file->table("log"));
    REQUIRE(settings);
    CHECK(settings->level == log::Level::warn);
    CHECK(settings->format == log::Format::json);
    auto wrong = parse_config("[log]\nlevel = \"loud\"\n", "x.toml");
    REQUIRE(wrong);
    CHECK_FALSE(log::read_settings(wrong->table("log")));
  }
}
