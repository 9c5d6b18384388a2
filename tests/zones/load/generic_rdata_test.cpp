#include <doctest/doctest.h>

#include "tests/zones/load/loading.h"
#include "zones/base/text_encoding.h"

namespace doors {

using test::errors;
using test::records_of;
using Strings = std::vector<std::string>;

TEST_SUITE("load: unknown types and \\# (RFC 3597 §5)") {
  TEST_CASE("every type may be written so, and a known one comes out in its own form") {
    CHECK(records_of("w 60 CLASS1 TYPE1 \\# 4 c0000201\n") == Strings{"w.example. 60 IN A 192.0.2.1"});
    CHECK(records_of("w 60 A \\# 4 C0 00 02 01\n") == Strings{"w.example. 60 IN A 192.0.2.1"});
    CHECK(records_of("w 60 A ( \\# 4\n C000\n 0201 )\n") == Strings{"w.example. 60 IN A 192.0.2.1"});
    CHECK(records_of("w 60 TYPE65280 \\# 0\n") == Strings{"w.example. 60 IN TYPE65280 \\# 0"});
    CHECK(records_of("w 60 TYPE65280 \\# 3 abcdef\n") == Strings{"w.example. 60 IN TYPE65280 \\# 3 abcdef"});
    CHECK(records_of("w 60 NS \\# 4 02 4e53 00\n") == Strings{"w.example. 60 IN NS ns."});
    CHECK(records_of("w 60 TXT \"\\#\" 0\n") == Strings{"w.example. 60 IN TXT \"#\" \"0\""});
    std::string long_hex;
    for (int i = 0; i < 65'102; ++i) long_hex += "ff";
    CHECK(records_of("w 60 TYPE65280 \\# 65102 " + long_hex + "\n") ==
          Strings{"w.example. 60 IN TYPE65280 \\# 65102 " + long_hex});
  }

  TEST_CASE("what no message can carry is refused: a header, a TSIG record and it have 65,535 octets") {
    std::string hex;
    for (int i = 0; i < 65'103; ++i) hex += "ff";
    const std::string apex(test::apex);
    CHECK(errors(apex + "w 60 TYPE65280 \\# 65103 " + hex + "\n") ==
          Strings{"z:4: w.example.: TYPE65280: the record fits no message"});
    for (int i = 65'103; i < 65'535; ++i) hex += "ff";
    CHECK(errors(apex + "w 60 TYPE65280 \\# 65535 " + hex + "\n") ==
          Strings{"z:4: w.example.: TYPE65280: the record fits no message"});
  }

  TEST_CASE("a length or a form that is wrong is refused, for known and unknown types") {
    const std::string apex(test::apex);
    struct Row {
      const char* text;
      const char* error;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"TYPE65280 \\#", "the length behind \\# is missing"},
             {"TYPE65280 \\# 2", "\\# says 2 octets, and 0 follow"},
             {"TYPE65280 \\# 2 ff", "\\# says 2 octets, and 1 follow"},
             {"TYPE65280 \\# 2 ffffff", "\\# says 2 octets, and 3 follow"},
             {"TYPE65280 \\# 1 f", "bad hex digits"},
             {"TYPE65280 \\# 1 fg", "bad hex digits"},
             {"TYPE65280 \\# x ff", "\"x\" is no length up to 65535"},
             {"TYPE65280 \\# -1 ff", "\"-1\" is no length up to 65535"},
             {"TYPE65280 \\# 65536 ff", "\"65536\" is no length up to 65535"},
             {"TYPE65280 ff", "no text form for TYPE65280; write it as \\# LENGTH HEX"},
             {"A \\# 3 c00002", "bad RDATA for type A"},
             {"A \\# 5 c000020101", "bad RDATA for type A"},
             {"AAAA \\# 4 c0000201", "bad RDATA for type AAAA"},
             {"NS \\# 2 c00c", "bad RDATA for type NS"},
             {"NS \\# 2 0161", "bad RDATA for type NS"},
             {"MX \\# 2 000a", "bad RDATA for type MX"},
             {"TXT \\# 0", "bad RDATA for type TXT"},
             {"TXT \\# 2 05ff", "bad RDATA for type TXT"},
             {"RRSIG \\# 4 00010800", "bad RDATA for type RRSIG"},
             {"NSEC \\# 3 000000", "bad RDATA for type NSEC"},
             {"SVCB \\# 5 0001000001", "bad RDATA for type SVCB"},
         }) {
      CAPTURE(std::string(row.text));
      const std::string type(row.text, std::string_view(row.text).find(' '));
      CHECK(errors(apex + "w 60 " + row.text + "\n") ==
            Strings{"z:4: w.example.: " + type + ": " + row.error});
    }
  }
}

}  // namespace doors
