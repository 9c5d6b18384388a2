#include <doctest/doctest.h>

#include "sync/ctl/progress_bar.h"
#include "sync/ctl/report.h"
#include "sync/ctl/table.h"
#include "sync/ctl/terminal.h"

using namespace doors::ctl;

TEST_SUITE("ctl: output") {
  TEST_CASE("a table has columns as wide as their widest cell and no blanks at a line's end") {
    Table table({{"ZONE"}, {"SERIAL", Table::Align::right}, {"REASON"}});
    table.add({"example.", "7", ""});
    table.add({"x.", "2026112101", "a reason"});
    CHECK(table.render() ==
          "ZONE          SERIAL  REASON\n"
          "example.           7\n"
          "x.        2026112101  a reason\n");
  }

  TEST_CASE("a column counts characters, not octets") {
    Table table({{"A"}, {"B"}});
    table.add({"\xc3\xa4\xc3\xb6", "1"});
    table.add({"xyz", "2"});
    CHECK(table.render() == "A    B\n\xc3\xa4\xc3\xb6   1\nxyz  2\n");
  }

  TEST_CASE("a progress bar fills from the left and never beyond its end") {
    CHECK(progress_bar("reading", 0, 200, "0 of 1 file") ==
          "reading [" + std::string(24, ' ') + "] 0 %, 0 of 1 file");
    CHECK(progress_bar("reading", 100, 200, "") ==
          "reading [" + std::string(12, '#') + std::string(12, ' ') + "] 50 %");
    CHECK(progress_bar("reading", 300, 200, "") == "reading [" + std::string(24, '#') + "] 100 %");
    CHECK(progress_bar("reading", 0, 0, "") == "reading [" + std::string(24, ' ') + "] 0 %");
  }

  TEST_CASE("durations and counts are for people") {
    using namespace std::chrono_literals;
    CHECK(in_words(400us) == "0.4 ms");
    CHECK(in_words(12ms) == "12 ms");
    CHECK(in_words(3200ms) == "3.2 s");
    CHECK(in_words(250s) == "4m10s");
    CHECK(in_words(11100s) == "3h05m");
    CHECK(in_words(96h) == "4d");
    CHECK(with_commas(0) == "0");
    CHECK(with_commas(999) == "999");
    CHECK(with_commas(1000) == "1,000");
    CHECK(with_commas(1234567) == "1,234,567");
    CHECK(counted(1, "zone") == "1 zone");
    CHECK(counted(2000, "zone") == "2,000 zones");
    CHECK(printable("a\033[31m\n") == "a\\027[31m\\010");
  }

  TEST_CASE("JSON keeps the order of members and is valid whatever the octets") {
    CHECK(to_json(Value::Object{{"b", 1u}, {"a", Value::List{true, Value(), "x\xff\"\n", 1.5}}}) ==
          "{\n  \"b\": 1,\n  \"a\": [\n    true,\n    null,\n    \"x\xef\xbf\xbd\\\"\\n\",\n    1.5\n  ]\n}");
  }
}
