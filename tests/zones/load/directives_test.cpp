#include <doctest/doctest.h>

#include "tests/zones/load/loading.h"

namespace doors {

using test::errors;
using test::records_of;
using Strings = std::vector<std::string>;

TEST_SUITE("load: records and directives (RFC 1035 §5.1, RFC 2308 §4)") {
  TEST_CASE("TTL and class come in either order or not at all") {
    for (const char* text :
         {"w 60 IN A 192.0.2.1", "w IN 60 A 192.0.2.1", "w 60 A 192.0.2.1", "w in 1m a 192.0.2.1",
          "w CLASS1 60 TYPE1 192.0.2.1", "$TTL 60\nw IN A 192.0.2.1", "$TTL 1m\nw A 192.0.2.1"}) {
      CAPTURE(std::string(text));
      CHECK(records_of(text) == Strings{"w.example. 60 IN A 192.0.2.1"});
    }
  }

  TEST_CASE("an owner that is left out is the last one written") {
    CHECK(records_of("w 60 A 192.0.2.1\n  60 TXT x\n\t60 AAAA ::1\n") ==
          Strings{"w.example. 60 IN A 192.0.2.1", "w.example. 60 IN TXT \"x\"", "w.example. 60 IN AAAA ::1"});
    CHECK(records_of("w 60 A 192.0.2.1\n$ORIGIN other.example.\n  60 TXT x\nw 60 A 192.0.2.2\n") ==
          Strings{"w.other.example. 60 IN A 192.0.2.2", "w.example. 60 IN A 192.0.2.1",
                  "w.example. 60 IN TXT \"x\""});
    CHECK(errors("  60 A 192.0.2.1\n", test::with_origin("example.")) ==
          Strings{"z:1: no owner name, and none before"});
  }

  TEST_CASE("words that are types or classes are owners at the start of a line") {
    CHECK(records_of("IN 60 IN A 192.0.2.1\nA 60 A 192.0.2.2\n60 60 A 192.0.2.3\n") ==
          Strings{"60.example. 60 IN A 192.0.2.3", "a.example. 60 IN A 192.0.2.2",
                  "in.example. 60 IN A 192.0.2.1"});
  }

  TEST_CASE("names are relative to $ORIGIN, in the RDATA too; @ is the origin") {
    CHECK(records_of("$ORIGIN sub\n@ 60 MX 10 @\nw 60 CNAME v\nx 60 CNAME v.\n") ==
          Strings{"sub.example. 60 IN MX 10 sub.example.", "w.sub.example. 60 IN CNAME v.sub.example.",
                  "x.sub.example. 60 IN CNAME v."});
    CHECK(records_of("$origin .\nw.example 60 CNAME v\n") == Strings{"w.example. 60 IN CNAME v."});
    CHECK(records_of("\\@ 60 A 192.0.2.1\n") == Strings{"\\@.example. 60 IN A 192.0.2.1"});
    CHECK(records_of("\\$w 60 A 192.0.2.1\n") == Strings{"\\$w.example. 60 IN A 192.0.2.1"});
    CHECK(records_of("a\\.b.c\\032d 60 A 192.0.2.1\n") ==
          Strings{"a\\.b.c\\032d.example. 60 IN A 192.0.2.1"});
  }

  TEST_CASE("a record may stretch over lines, with comments and a Windows editor's line ends") {
    CHECK(records_of("w 60 ( IN ; comment \" (\r\n TXT\r\n \"a b\" c\r\n )\r\n") ==
          Strings{"w.example. 60 IN TXT \"a b\" \"c\""});
  }

  TEST_CASE("what is wrong is said with file, line and owner, and the next line is read") {
    const std::string apex(test::apex);
    struct Row {
      const char* text;
      Strings errors;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"w 60 CH A 192.0.2.1", {"z:4: w.example.: class CH: only IN is served"}},
             {"w 60 CLASS4 A 192.0.2.1", {"z:4: w.example.: class CLASS4: only IN is served"}},
             {"w 60 IN IN A 192.0.2.1", {"z:4: w.example.: a second class"}},
             {"w 60 60 A 192.0.2.1", {"z:4: w.example.: a second TTL \"60\""}},
             {"w 60x A 192.0.2.1", {"z:4: w.example.: bad TTL \"60x\""}},
             {"w \"60\" A 192.0.2.1", {"z:4: w.example.: \"60\" in quotes is no TTL, class or type"}},
             {"w 60 \"IN\" A 192.0.2.1", {"z:4: w.example.: \"IN\" in quotes is no TTL, class or type"}},
             {"w 60 \"A\" 192.0.2.1", {"z:4: w.example.: \"A\" in quotes is no TTL, class or type"}},
             {"$TTL \"60\"", {"z:4: $TTL takes one number of seconds"}},
             {"$ORIGIN \"sub\"", {"z:4: $ORIGIN takes one name"}},
             {"$INCLUDE sub.zone \"sub\"", {"z:4: $INCLUDE takes a file and perhaps an origin"}},
             {"$GENERATE 1-2 \"h$\" 60 A 192.0.2.$",
              {"z:4: $GENERATE takes a range, an owner name, a type and RDATA"}},
             {"w 99999999999 A 192.0.2.1", {"z:4: w.example.: bad TTL \"99999999999\""}},
             {"w 60", {"z:4: w.example.: the type is missing"}},
             {"w", {"z:4: w.example.: the type is missing"}},
             {"w 60 IN NOTYPE x", {"z:4: w.example.: unknown type \"NOTYPE\""}},
             {"w 60 TYPE65536 \\# 0", {"z:4: w.example.: unknown type \"TYPE65536\""}},
             {"w 60 ANY x", {"z:4: w.example.: type ANY is no data of a zone"}},
             {"w 60 OPT", {"z:4: w.example.: type OPT is no data of a zone"}},
             {"w 60 TYPE0 \\# 0", {"z:4: w.example.: type TYPE0 is no data of a zone"}},
             {"w 60 A", {"z:4: w.example.: A: an IPv4 address is missing"}},
             {"w 60 A 192.0.2", {"z:4: w.example.: A: \"192.0.2\" is no IPv4 address"}},
             {"w 60 A 192.0.2.1 x", {"z:4: w.example.: A: too many words"}},
             {"w 60 SOA (\na b 1 2\n3 x 5 )", {"z:6: w.example.: SOA: \"x\" is no number of seconds"}},
             {"a..b 60 A 192.0.2.1\n 60 A 192.0.2.2\nw A 1",
              {"z:4: empty label in \"a..b\"", "z:6: w.example.: A: \"1\" is no IPv4 address"}},
             {"a\\256 60 A 192.0.2.1", {"z:4: bad \\DDD escape in \"a\\256\""}},
             {"$TTL x", {"z:4: bad TTL \"x\""}},
             {"$TTL 4294967296", {"z:4: bad TTL \"4294967296\""}},
             {"$TTL", {"z:4: $TTL takes one number of seconds"}},
             {"$ORIGIN", {"z:4: $ORIGIN takes one name"}},
             {"$ORIGIN a b", {"z:4: $ORIGIN takes one name"}},
             {"$ORIGIN a..", {"z:4: empty label in \"a..\""}},
             {"$DATE 1", {"z:4: unknown directive \"$DATE\""}},
             {"v.test. 60 A 192.0.2.1", {"z:4: v.test.: out of zone example."}},
         }) {
      CAPTURE(std::string(row.text));
      CHECK(errors(apex + row.text + "\n") == row.errors);
    }
  }

  TEST_CASE("labels of 63 and names of 255 octets fit, one more does not") {
    const std::string apex(test::apex);
    const std::string l63(63, 'a');
    CHECK(records_of(l63 + " 60 A 192.0.2.1\n").size() == 1);
    CHECK(errors(apex + l63 + "a 60 A 192.0.2.1\n").front().starts_with("z:4: label over 63 octets"));
    const std::string three = l63 + "." + l63 + "." + l63 + ".";
    const std::string fits(255 - 9 - 3 * 64 - 1, 'b');  // "example." has 9 octets
    CHECK(records_of(three + fits + " 60 A 192.0.2.1\n").size() == 1);
    CHECK(
        errors(apex + three + fits + "b 60 A 192.0.2.1\n").front().starts_with("z:4: name over 255 octets"));
    CHECK(errors(apex + "w 60 CNAME " + three + fits + "b\n")
              .front()
              .starts_with("z:4: w.example.: CNAME: name over 255"));
  }

  TEST_CASE("at most 20 errors are collected") {
    std::string text(test::apex);
    for (int i = 0; i < 50; ++i) text += "w 60 A nowhere\n";
    CHECK(errors(text).size() == 20);
  }
}

}  // namespace doors
