#include "zones/load/generate.h"

#include <doctest/doctest.h>

#include "tests/zones/load/loading.h"

namespace doors {

using test::errors;
using test::records_of;
using Strings = std::vector<std::string>;

TEST_SUITE("load: $GENERATE (as BIND has it)") {
  TEST_CASE("a table of templates") {
    struct Row {
      const char* text;
      std::uint32_t value;
      const char* made;  // null: an error
    };
    for (const Row& row : std::initializer_list<Row>{
             {"host", 7, "host"},
             {"$", 7, "7"},
             {"a$b$", 7, "a7b7"},
             {"\\$", 7, "$"},
             {"$$", 7, "$"},
             {"a\\.$", 7, "a\\.7"},
             {"\\\\$", 7, "\\\\7"},
             {"${0}", 7, "7"},
             {"${3}", 7, "10"},
             {"${-3}", 7, "4"},
             {"${-8}", 7, "-1"},
             {"${-8,3}", 7, "-01"},
             {"${-8,0,x}", 7, nullptr},
             {"${-8,0,n}", 7, nullptr},
             {"${0,3}", 7, "007"},
             {"${0,3,d}", 1234, "1234"},
             {"${0,4,x}", 255, "00ff"},
             {"${0,4,X}", 255, "00FF"},
             {"${0,3,o}", 8, "010"},
             {"${0,0,x}", 255, "ff"},
             {"${0,7,n}", 0x123, "3.2.1.0"},
             {"${0,1,n}", 0xab, "b.a"},
             {"${0,2,n}", 1, "1."},
             {"${0,3,n}", 1, "1.0"},
             {"${0,4,n}", 1, "1.0."},
             {"${0,4,n}", 0xabc, "c.b.a"},
             {"${0,1,N}", 0xab, "B.A"},
             {"${0,256}", 7, nullptr},
             {"${0,3,z}", 7, nullptr},
             {"${0,3,dd}", 7, nullptr},
             {"${}", 7, nullptr},
             {"${0", 7, nullptr},
             {"${a}", 7, nullptr},
         }) {
      CAPTURE(std::string(row.text));
      const auto made = expand_generate(row.text, row.value);
      CHECK(made.has_value() == (row.made != nullptr));
      if (made && row.made != nullptr) CHECK(*made == row.made);
    }
  }

  TEST_CASE("a table of ranges") {
    struct Row {
      const char* text;
      std::uint64_t count;  // 0: no range
    };
    for (const Row& row : {Row{"1-3", 3}, Row{"0-0", 1}, Row{"1-10/3", 4}, Row{"0-2147483647", 2'147'483'648},
                           Row{"3-1", 0}, Row{"1-3/0", 0}, Row{"1-", 0}, Row{"1", 0}, Row{"1-3/", 0},
                           Row{"-1-3", 0}, Row{"1-2147483648", 0}, Row{"1-3x", 0}}) {
      CAPTURE(std::string(row.text));
      const auto range = parse_generate_range(row.text);
      CHECK((range ? range->count() : 0) == row.count);
    }
  }

  TEST_CASE("it makes a record for each value") {
    CHECK(records_of("$GENERATE 1-3 h$ 60 A 192.0.2.$\n") == Strings{"h1.example. 60 IN A 192.0.2.1",
                                                                     "h2.example. 60 IN A 192.0.2.2",
                                                                     "h3.example. 60 IN A 192.0.2.3"});
    CHECK(records_of("$TTL 9\n$GENERATE 2-6/4 ${0,2} IN CNAME h${10}.test.\n") ==
          Strings{"02.example. 9 IN CNAME h12.test.", "06.example. 9 IN CNAME h16.test."});
    CHECK(records_of("$GENERATE 1-1 m$ 60 MX \"10 mail$\"\n") ==
          Strings{"m1.example. 60 IN MX 10 mail1.example."});
    CHECK(records_of("$GENERATE 1-1 m$ 60 MX 10 mail$\n") ==
          Strings{"m1.example. 60 IN MX 10 mail1.example."});
    CHECK(records_of("$GENERATE 1-1 t$ 60 TXT \"a$\" \"b $\"\n") ==
          Strings{"t1.example. 60 IN TXT \"a1\" \"b 1\""});
  }

  TEST_CASE("of RDATA in quotes the quotes are no part, but those with a backslash are") {
    CHECK(records_of("$GENERATE 1-1 t$ 60 TXT \"\\\"a b $\\\" c\\000\"\n") ==
          Strings{"t1.example. 60 IN TXT \"a b 1\" \"c\\000\""});
    CHECK(records_of("$GENERATE 1-1 t$ 60 TXT \"a b $\"\n") ==
          Strings{"t1.example. 60 IN TXT \"a\" \"b\" \"1\""});
  }

  TEST_CASE("the record behind it has the owner of the one before it") {
    CHECK(
        records_of("w 60 TXT a\n$GENERATE 1-1 h$ 60 A 192.0.2.$\n 60 TXT b\n") ==
        Strings{"h1.example. 60 IN A 192.0.2.1", "w.example. 60 IN TXT \"a\"", "w.example. 60 IN TXT \"b\""});
  }

  TEST_CASE("what is wrong is said once, with its line") {
    const std::string apex(test::apex);
    CHECK(errors(apex + "$GENERATE 1-300 h$ 60 A 192.0.2.$\n") ==
          Strings{"z:4: h256.example.: A: \"192.0.2.256\" is no IPv4 address"});
    CHECK(errors(apex + "$GENERATE 3-1 h$ 60 A 192.0.2.$\n") == Strings{"z:4: bad range \"3-1\""});
    CHECK(errors(apex + "$GENERATE 1-3 h${x} 60 A 192.0.2.$\n") == Strings{"z:4: bad modifier ${x}"});
    CHECK(errors(apex + "$GENERATE 1-3 h$\n") ==
          Strings{"z:4: $GENERATE takes a range, an owner name, a type and RDATA"});
    CHECK(errors(apex + "$GENERATE 0-2147483647 h$ 60 A 192.0.2.1\n") ==
          Strings{"z:4: $GENERATE makes too many records"});
    ZoneFileOptions narrow;
    narrow.max_octets = 10'000;
    CHECK(errors(apex + "$GENERATE 1-1000 h$ 60 TXT " + std::string(100, 'x') + "\n", narrow) ==
          Strings{"z:4: $GENERATE makes too much text"});
    CHECK(errors(apex + "$GENERATE 1-3 h$ 60 TXT \"a ( b\"\n") == Strings{"z:4: bad RDATA in quotes"});
  }
}

}  // namespace doors
