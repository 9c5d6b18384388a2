#include <doctest/doctest.h>

#include "tests/zones/load/loading.h"
#include "zones/load/rdata_text.h"

namespace doors {

using test::errors;
using test::load;
using test::records;
using test::to_strings;
using Strings = std::vector<std::string>;

TEST_SUITE("load: TTLs (RFC 1035 §5.1, RFC 2308 §4, RFC 2181 §5.2 and §8)") {
  TEST_CASE("seconds may have units") {
    struct Row {
      const char* text;
      std::optional<std::uint32_t> seconds;
    };
    for (const Row& row : std::initializer_list<Row>{{"0", 0},
                                                     {"3600", 3600},
                                                     {"1h30m", 5400},
                                                     {"1H30M", 5400},
                                                     {"1w2d3h4m5s", 788'645},
                                                     {"30m1h", 5400},
                                                     {"4294967295", 4'294'967'295},
                                                     {"4294967296", {}},
                                                     {"8000w", {}},
                                                     {"1h30", {}},
                                                     {"h", {}},
                                                     {"", {}},
                                                     {"-1", {}},
                                                     {"+1", {}},
                                                     {"1 ", {}},
                                                     {"1y", {}}}) {
      CAPTURE(std::string(row.text));
      CHECK(parse_seconds(row.text) == row.seconds);
    }
  }

  TEST_CASE("without a TTL the record has $TTL's, else the last one written, else the SOA's minimum") {
    CHECK(records(load("$TTL 7\n@ 9 SOA ns host 1 2 3 4 5\n NS ns.test.\n 8 TXT x\n A 192.0.2.1\n",
                       test::with_origin("example."))
                      .content) == Strings{"example. 7 IN A 192.0.2.1", "example. 7 IN NS ns.test.",
                                           "example. 9 IN SOA ns.example. host.example. 1 2 3 4 5",
                                           "example. 8 IN TXT \"x\""});
    CHECK(records(load("@ 9 SOA ns host 1 2 3 4 5\n NS ns.test.\n 8 TXT x\n A 192.0.2.1\n",
                       test::with_origin("example."))
                      .content) == Strings{"example. 8 IN A 192.0.2.1", "example. 9 IN NS ns.test.",
                                           "example. 9 IN SOA ns.example. host.example. 1 2 3 4 5",
                                           "example. 8 IN TXT \"x\""});
    const LoadedZone zone = load("@ SOA ns host 1 2 3 4 5\n NS ns.test.\n", test::with_origin("example."));
    CHECK(records(zone.content) ==
          Strings{"example. 5 IN NS ns.test.", "example. 5 IN SOA ns.example. host.example. 1 2 3 4 5"});
    CHECK(to_strings(zone.warnings) ==
          Strings{"z:1: example.: no TTL for the SOA, and no $TTL: the SOA's minimum is taken"});
    CHECK(errors("@ NS ns.test.\n@ SOA ns host 1 2 3 4 5\n", test::with_origin("example.")) ==
          Strings{"z:1: example.: no TTL: write one, or $TTL before"});
  }

  TEST_CASE("of different TTLs in one RRset the first wins, with a warning where the other is") {
    const LoadedZone zone = load(std::string(test::apex) + "w 60 A 192.0.2.9\nv 1 TXT x\nw 70 A 192.0.2.1\n");
    CHECK(zone.content.find(*Name::parse("w.example."), RRType::a)->ttl == Ttl(60));
    CHECK(to_strings(zone.warnings) ==
          Strings{"z:6: w.example.: A: TTL 70 is not that of the RRset's first record, 60, which is taken"});
  }

  TEST_CASE("a TTL over 2^31-1 is 0, with a warning, wherever it is written") {
    for (const char* const text :
         {"w 2147483648 A 192.0.2.1\n", "w 4294967295 A 192.0.2.1\n", "$TTL 24856d\nw A 192.0.2.1\n",
          "$GENERATE 1-1 w 2147483648 A 192.0.2.1\n"}) {
      CAPTURE(std::string(text));
      const LoadedZone zone = load(std::string(test::apex) + text);
      CHECK(zone.content.find(*Name::parse("w.example."), RRType::a)->ttl == Ttl(0));
      CHECK(zone.warnings.size() == 1);
    }
    const LoadedZone zone =
        load("@ SOA ns host 1 2 3 4 2147483648\n NS ns.test.\n", test::with_origin("example."));
    CHECK(zone.content.soa().ttl == Ttl(0));
    CHECK(to_strings(zone.warnings) ==
          Strings{"z:1: example.: no TTL for the SOA, and no $TTL: the SOA's minimum is taken",
                  "z:1: TTL 2147483648 is over 2147483647, so it is taken as 0"});
  }

  TEST_CASE("the largest TTL is 2^31-1") {
    CHECK(test::records_of("w 2147483647 A 192.0.2.1\n") == Strings{"w.example. 2147483647 IN A 192.0.2.1"});
  }
}

}  // namespace doors
