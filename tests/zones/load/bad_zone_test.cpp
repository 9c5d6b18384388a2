#include <doctest/doctest.h>

#include "tests/zones/load/loading.h"

namespace doors {

using test::errors;
using Strings = std::vector<std::string>;

TEST_SUITE("load: zones that are refused") {
  TEST_CASE("each with file, line and reason") {
    struct Row {
      const char* title;
      std::string text;
      Strings errors;
    };
    const std::string apex(test::apex);
    const std::string l63(63, 'a');
    for (const Row& row : std::initializer_list<Row>{
             {"syntax error",
              apex + "w 300 A 192.0.2.300\n",
              {"z:4: w.example.: A: \"192.0.2.300\" is no IPv4 address"}},
             {"second SOA",
              apex + "@ 300 SOA ns host 2 2 3 4 5\n",
              {"z:4: example.: second SOA; the first is z:2"}},
             {"SOA below",
              apex + "w 300 SOA ns host 1 2 3 4 5\n",
              {"z:4: w.example.: SOA below the apex example."}},
             {"CNAME first",
              apex + "w 300 CNAME v\nw 300 A 192.0.2.1\n",
              {"z:5: w.example.: CNAME beside other data (A)"}},
             {"CNAME last",
              apex + "w 300 A 192.0.2.1\nw 300 CNAME v\n",
              {"z:5: w.example.: CNAME beside other data (A)"}},
             {"two CNAMEs",
              apex + "w 300 CNAME v\nw 300 CNAME a\n",
              {"z:5: w.example.: several CNAME records"}},
             {"two DNAMEs",
              apex + "w 300 DNAME v\nw 300 DNAME a\n",
              {"z:5: w.example.: several DNAME records"}},
             {"CNAME at the apex", apex + "@ 300 CNAME v\n", {"z:4: example.: CNAME beside other data (NS)"}},
             {"CNAME and DNAME",
              apex + "w 300 CNAME v\nw 300 DNAME v\n",
              {"z:5: w.example.: CNAME beside other data (DNAME)"}},
             {"below a DNAME",
              apex + "w 300 DNAME v\na.w 300 A 192.0.2.1\n",
              {"z:5: a.w.example.: data below the DNAME at w.example."}},
             {"no NS",
              "$ORIGIN example.\n@ 300 SOA ns host 1 2 3 4 5\n",
              {"z:2: example.: no NS at the apex"}},
             {"out of zone", apex + "w.test. 300 A 192.0.2.1\n", {"z:4: w.test.: out of zone example."}},
             {"256 octets",
              apex + l63 + "." + l63 + "." + l63 + "." + std::string(255 - 9 - 192, 'b') +
                  " 300 A 192.0.2.1\n",
              {"z:4: name over 255 octets in \"" + l63 + "." + l63 + "." + l63 + "." +
               std::string(255 - 9 - 192, 'b') + "\""}},
             {"cut in a parenthesis",
              apex + "w 300 TXT ( a\n b",
              {"z:4: parenthesis not closed", "z:5: example.: unknown type \"b\""}},
             {"cut in a quote", apex + "w 300 TXT \"a b", {"z:4: quote not closed"}},
             {"cut in the RDATA", apex + "w 300 MX 10", {"z:4: w.example.: MX: a name is missing"}},
             {"cut in the address",
              apex + "w 300 A 192.0.2",
              {"z:4: w.example.: A: \"192.0.2\" is no IPv4 address"}},
             {"cut before the type", apex + "w 300 IN", {"z:4: w.example.: the type is missing"}},
             {"iterations",
              apex + "@ 300 NSEC3PARAM 1 0 51 -\n",
              {"z:4: example.: NSEC3PARAM with 51 iterations; the most allowed are 50"}},
         }) {
      CAPTURE(std::string(row.title));
      CHECK(errors(row.text) == row.errors);
    }
  }

  TEST_CASE("a last line without its end is fine, as is the SOA once more") {
    CHECK(errors(std::string(test::apex) + "w 300 A 192.0.2.1") == Strings{"it loads"});
    CHECK(errors(std::string(test::apex) + "@ 300 SOA NS host 1 2 3 4 5\n") == Strings{"it loads"});
    CHECK(errors(std::string(test::apex) + "w 300 CNAME v\nw 300 CNAME V\n") == Strings{"it loads"});
    CHECK(errors(std::string(test::apex) + "@ 300 NSEC3PARAM 1 0 50 -\n") == Strings{"it loads"});
  }

  TEST_CASE("a CNAME may stand beside its signature, NSEC and KEY") {
    CHECK(errors(std::string(test::apex) +
                 "w 300 CNAME v\nw 300 RRSIG CNAME 13 2 300 20290101000000 20260101000000 1 example. AQID\n"
                 "w 300 NSEC example. CNAME RRSIG NSEC\nw 300 KEY 512 3 8 AQID\n") == Strings{"it loads"});
  }

  TEST_CASE("a file that is not there is named") {
    const auto zone = load_zone_file("/nowhere/example.zone", {});
    REQUIRE_FALSE(zone);
    CHECK(test::to_strings(zone.error()) ==
          Strings{"/nowhere/example.zone: cannot open: No such file or directory"});
  }
}

}  // namespace doors
