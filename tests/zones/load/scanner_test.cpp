#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/zones/load/loading.h"
#include "zones/base/file.h"
#include "zones/load/zone_scanner.h"

namespace doors {

using namespace std::string_literals;

namespace {

/// Every logical line as "NUMBER[_]: word|word|"quoted"+adjacent", or "NUMBER! problem".
std::vector<std::string> lines_of(ZoneScanner scanner) {
  std::vector<std::string> lines;
  LogicalLine line;
  while (scanner.next(line)) {
    if (!line.problem.empty()) {
      lines.push_back(std::to_string(line.problem_line) + "! " + line.problem);
      continue;
    }
    std::string text = std::to_string(line.number) + (line.starts_blank ? "_:" : ":");
    for (const Token& token : line.tokens) {
      text += (&token == &line.tokens.front() ? " "
               : token.adjacent               ? "+"
                                              : "|") +
              (token.quoted ? "\"" + std::string(token.text) + "\"" : std::string(token.text));
    }
    lines.push_back(text);
  }
  if (!scanner.unreadable().empty()) lines.push_back("unreadable: " + scanner.unreadable());
  return lines;
}
std::vector<std::string> lines_of(const std::string& text) { return lines_of(ZoneScanner(text)); }

UniqueFd file_of(const std::string& text) {
  auto fd = sealed_memory_file("zone", octets_of(text));
  REQUIRE(fd);
  return *std::move(fd);
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_SUITE("load: logical lines (RFC 1035 §5.1)") {
  TEST_CASE("a table of lines") {
    struct Row {
      std::string text;
      Strings lines;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"", {}},
             {"\n\n  \n\t\n", {}},
             {"a b c", {"1: a|b|c"}},
             {"a b c\n", {"1: a|b|c"}},
             {"a\tb  c \n", {"1: a|b|c"}},
             {"a b\r\nc d\r\n", {"1: a|b", "2: c|d"}},
             {"\n\na", {"3: a"}},
             {" a", {"1_: a"}},
             {"\ta", {"1_: a"}},
             {"; only a comment\na ; and another\n", {"2: a"}},
             {" ; blank and comment\nb", {"2: b"}},
             {"a;b", {"1: a"}},
             {"a\\;b", {"1: a\\;b"}},
             {"a ( b\nc ; comment )\n d ) e\nf", {"1: a|b|c|d|e", "4: f"}},
             {"a(b)c", {"1: a|b|c"}},
             {"(a b)", {"1: a|b"}},
             {"a ((b\n) c\n)d", {"1: a|b|c|d"}},
             {"a () b", {"1: a|b"}},
             {"()\na", {"2: a"}},
             {"(\n)\n b", {"3_: b"}},
             {"a \"b c\" d", {"1: a|\"b c\"|d"}},
             {"a \"\"", {"1: a|\"\""}},
             {"a \"b;(c)\"", {"1: a|\"b;(c)\""}},
             {"a \"b\\\"c\"", {"1: a|\"b\\\"c\""}},
             {"a \"b\\\\\" c", {"1: a|\"b\\\\\"|c"}},
             {"a \"b\"\"c\"", {"1: a|\"b\"+\"c\""}},
             {"a k=\"b c\" d", {"1: a|k=+\"b c\"|d"}},
             {"a \"b\"c \"d\"(e)", {"1: a|\"b\"+c|\"d\"|e"}},
             {"a\\ b", {"1: a\\ b"}},
             {"a\\(b", {"1: a\\(b"}},
         }) {
      CAPTURE(std::string(row.text));
      CHECK(lines_of(row.text) == row.lines);
      std::uint64_t budget = 1 << 20;
      CHECK(lines_of(ZoneScanner(file_of(row.text), budget)) == row.lines);
    }
  }

  TEST_CASE("after a bad line the next is read") {
    struct Row {
      std::string text;
      Strings lines;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"a )\nb", {"1! closing parenthesis without an opening one", "2: b"}},
             {"a \"b\nc", {"1! quote not closed", "2: c"}},
             {"a \"b", {"1! quote not closed"}},
             {"a k=\"b\nc", {"1! quote not closed", "2: c"}},
             {"a b\\", {"1! backslash at the end"}},
             {"a b\\\nc", {"1! backslash at the end of the line", "2: c"}},
             {"a b\\\r\nc", {"1! backslash at the end of the line", "2: c"}},
             {"a \"b\\\nc\nd", {"1! quote not closed", "3: d"}},
             {"a\rb\nc", {"1! carriage return inside a line", "2: c"}},
             {"a \r b\nc", {"1! carriage return inside a line", "2: c"}},
             {"a b\0c\nd"s, {"1! NUL octet", "2: d"}},
             {"a \0 c\nd"s, {"1! NUL octet", "2: d"}},
             {"a \"\0\" c\nd"s, {"1! NUL octet", "2: d"}},
             {"x\na ( b\nc\nd", {"1: x", "2! parenthesis not closed", "3: c", "4: d"}},
             {"a ( \"b\nc )\nd", {"1! quote not closed", "3: d"}},
             {"\xef\xbb\xbf"
              "a b",
              {"1! the file starts with a UTF-8 byte order mark; save it without", "1: a|b"}},
             {"\xff\xfe"
              "a\0 \0"s,
              {"1! the file is in UTF-16; zone text is ASCII"}},
         }) {
      CAPTURE(std::string(row.text));
      CHECK(lines_of(row.text) == row.lines);
      std::uint64_t budget = 1 << 20;
      CHECK(lines_of(ZoneScanner(file_of(row.text), budget)) == row.lines);
    }
  }

  TEST_CASE("lines come whole wherever the blocks of a file end") {
    // Longer than two blocks, with every kind of line about their edges.
    std::string text;
    Strings wanted;
    std::uint32_t number = 1;
    while (text.size() < 5 * ZoneScanner::max_line_octets) {
      const std::string n = std::to_string(number);
      text += "a" + n + " \"q " + n + "\" ; c\n";
      wanted.push_back(n + ": a" + n + "|\"q " + n + "\"");
      text += " b\\\"" + n + " (\n ; )\n c)\r\n\n";
      wanted.push_back(std::to_string(number + 1) + "_: b\\\"" + n + "|c");
      number += 5;
    }
    std::uint64_t budget = text.size();
    CHECK((lines_of(ZoneScanner(file_of(text), budget)) == wanted));
    CHECK(budget == 0);
    // And through a pipe, which gives what it likes.
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      const bool written = write_all(ends[1], octets_of(text)).has_value();
      ::_exit(written ? 0 : 1);
    }
    ::close(ends[1]);
    budget = text.size();
    CHECK((lines_of(ZoneScanner(UniqueFd(ends[0]), budget)) == wanted));
  }

  TEST_CASE("a file larger than allowed is not read to its end") {
    std::uint64_t budget = 3;
    CHECK(lines_of(ZoneScanner(file_of("a b c"), budget)) ==
          Strings{"unreadable: the text is larger than allowed"});
  }

  TEST_CASE("a line over 1 MiB is an error, and the next one is read") {
    const std::string long_line(3 * ZoneScanner::max_line_octets, 'x');
    std::uint64_t budget = std::uint64_t{1} << 30;
    CHECK(lines_of(ZoneScanner(file_of("a\n" + long_line + "\nb"), budget)) ==
          Strings{"1: a", "2! the line is over 1 MiB; is a parenthesis not closed?", "3: b"});
    std::string open = "a (\n";
    while (open.size() < 2 * ZoneScanner::max_line_octets) open += "b c\n";
    const Strings lines = lines_of(ZoneScanner(file_of(open), budget));
    CHECK(lines.front() == "1! the line is over 1 MiB; is a parenthesis not closed?");
    CHECK(lines.at(1) == "2: b|c");
  }

  TEST_CASE("in quotes a line may end behind a backslash, whatever ends its lines") {
    for (const char* const text :
         {"w 60 TXT \"a\\\nb\" c\nv 60 TXT d\n", "w 60 TXT \"a\\\r\nb\" c\r\nv 60 TXT d\r\n"}) {
      CAPTURE(std::string(text));
      CHECK(test::records_of(text) ==
            std::vector<std::string>{"v.example. 60 IN TXT \"d\"", "w.example. 60 IN TXT \"a\\010b\" \"c\""});
    }
    CHECK(test::errors(std::string(test::apex) + "w 60 TXT \"a\\\r\nb\" \"\r\nv 60 TXT d\r\n") ==
          std::vector<std::string>{"z:5: quote not closed"});
  }

  TEST_CASE("a directory cannot be read, and that is said") {
    const auto zone = load_zone_file("/", {});
    REQUIRE_FALSE(zone);
    CHECK(zone.error().front().to_string() == "/: cannot read: Is a directory");
  }
}

}  // namespace doors
