#include <fstream>
#include <set>

#include <doctest/doctest.h>

#include "tests/zones/load/loading.h"
#include "zones/base/text_encoding.h"
#include "zones/dns/rdata_format.h"
#include "zones/load/rdata_text.h"

namespace doors {

namespace {

/// RDATA of a text below "example.", in hex, or "! problem".
std::string wire_of(RRType type, const std::string& text) {
  ZoneScanner scanner(text);
  LogicalLine line;
  if (!scanner.next(line)) line.tokens.clear();
  if (!line.problem.empty()) return "! " + line.problem;
  std::vector<std::byte> out;
  const auto read = parse_rdata(type, line.tokens, *Name::parse("example."), out);
  return read ? to_hex(out) : "! " + read.error().message;
}

/// One line of rdata_corpus.txt.
struct Row {
  RRType type;
  std::string text;
  std::string wire;  // or "! problem"
  std::string back;  // what it is written as
};

/// Takes what stands before `mark` off the front, or all.
std::string take_until(std::string& rest, std::string_view mark) {
  const std::size_t at = rest.find(mark);
  std::string taken = rest.substr(0, at);
  rest = at == std::string::npos ? "" : rest.substr(at + mark.size());
  return taken;
}

std::vector<Row> corpus() {
  std::ifstream file(DOORS_TEST_SOURCE_DIR "/zones/load/rdata_corpus.txt");
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::string left = take_until(line, " =>");
    if (!line.empty()) line.erase(0, 1);
    Row row;
    row.type = *parse_type(take_until(left, " "));
    row.text = left;
    row.wire = take_until(line, " => ");
    row.back = line.empty() ? row.text : line;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

TEST_SUITE("load: RDATA") {
  TEST_CASE("text becomes wire form or is refused, and what was read is written and reads back") {
    const std::vector<Row> rows = corpus();
    CHECK(rows.size() > 700);
    for (const Row& row : rows) {
      CAPTURE(to_string(row.type));
      CAPTURE(row.text);
      const std::string wire = wire_of(row.type, row.text);
      CHECK(wire == row.wire);
      if (wire.starts_with('!')) continue;
      const std::string back = rdata_to_presentation(row.type, *from_hex(wire));
      CHECK(back == row.back);
      CHECK(wire_of(row.type, back) == wire);
    }
  }

  TEST_CASE("every type with a text form is tried, by what is right and by what is wrong") {
    std::set<RRType> right;
    std::set<RRType> wrong;
    for (const Row& row : corpus()) (row.wire.starts_with('!') ? wrong : right).insert(row.type);
    for (unsigned number = 1; number < 65'536; ++number) {
      const auto type = RRType(static_cast<std::uint16_t>(number));
      if (rdata_format(type) == nullptr) continue;
      CAPTURE(to_string(type));
      CHECK(right.count(type) == 1);
      CHECK(wrong.count(type) == 1);
    }
  }

  TEST_CASE("a character-string has 255 octets, RDATA 65,535") {
    CHECK(wire_of(RRType::txt, std::string(255, 'a')).size() == 512);
    CHECK(wire_of(RRType::txt, std::string(256, 'a')) == "! character-string over 255 octets");
    std::string strings;
    for (int i = 0; i < 256; ++i) strings += std::string(254, 'a') + " ";
    CHECK(wire_of(RRType::txt, strings + std::string(254, 'a')).size() == 2 * 65'535);
    CHECK(wire_of(RRType::txt, strings + std::string(255, 'a')) == "! RDATA over 65535 octets");
  }

  TEST_CASE("octets that are no ASCII stand for themselves") {
    CHECK(wire_of(RRType::txt, "\xc3\xa9") == "02c3a9");
    CHECK(wire_of(RRType::txt, "\"a\tb\"") == "03610962");
    CHECK(wire_of(RRType(42), "1:192.0.2.0/24\xff") == "! an octet that is no printable ASCII");
  }

  TEST_CASE("RDATA may stretch over lines, and a quoted string too behind a backslash") {
    CHECK(wire_of(RRType::mx, "( 10\n a. )") == "000a016100");
    CHECK(wire_of(RRType(43), "1 8 250 ( 00\n 01 ; more\n 02 )") == "000108fa000102");
    CHECK(wire_of(RRType::txt, "\"a\\\nb\"") == "03610a62");
    CHECK(wire_of(RRType::txt, "\"a\nb\"") == "! quote not closed");
  }
}

}  // namespace doors
