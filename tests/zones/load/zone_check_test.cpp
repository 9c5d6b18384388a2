#include <doctest/doctest.h>

#include "tests/zones/load/loading.h"

namespace doors {

using test::load;
using test::to_strings;
using Strings = std::vector<std::string>;

TEST_SUITE("load: warnings") {
  TEST_CASE("a zone is served, and what is doubtful in it is said") {
    struct Row {
      const char* title;
      const char* text;
      Strings warnings;
    };
    const std::string apex(test::apex);
    for (const Row& row : std::initializer_list<Row>{
             {"nothing", "w 300 A 192.0.2.1\n", {}},
             {"name server without address",
              "@ 300 NS a\n",
              {"z:4: example.: no address for the name server a.example."}},
             {"name server with address", "@ 300 NS a\na 300 AAAA ::1\n", {}},
             {"name server by a wildcard", "@ 300 NS a\n* 300 A 192.0.2.1\n", {}},
             {"name server is an alias",
              "@ 300 NS a\na 300 CNAME b\nb 300 A 192.0.2.1\n",
              {"z:4: example.: NS leads to the alias a.example."}},
             {"missing glue",
              "d 300 NS ns.d\n",
              {"z:4: d.example.: missing glue: no address for ns.d.example."}},
             {"glue", "d 300 NS ns.d\nns.d 300 A 192.0.2.1\n", {}},
             {"glue at the cut", "d 300 NS d\nd 300 A 192.0.2.1\n", {}},
             {"a name server below another cut", "d 300 NS ns.e\ne 300 NS ns.test.\n", {}},
             {"a name server out of zone", "d 300 NS ns.test.\n", {}},
             {"MX to an alias",
              "w 300 MX 1 a\na 300 CNAME b.test.\n",
              {"z:4: w.example.: MX leads to the alias a.example."}},
             {"SRV to an alias",
              "w 300 SRV 1 1 1 a\na 300 CNAME b.test.\n",
              {"z:4: w.example.: SRV leads to the alias a.example."}},
             {"null MX", "w 300 MX 0 .\n", {}},
             {"hidden at the cut",
              "d 300 NS ns.test.\nd 300 TXT x\n",
              {"z:5: d.example.: TXT is hidden by the delegation here"}},
             {"hidden below the cut",
              "d 300 NS ns.test.\na.d 300 TXT x\n",
              {"z:5: a.d.example.: TXT is hidden by the delegation of d.example."}},
             {"a cut below a cut",
              "d 300 NS ns.test.\na.d 300 NS ns.test.\n",
              {"z:5: a.d.example.: NS is hidden by the delegation of d.example."}},
             {"DS without NS", "w 300 DS 1 8 250 00\n", {"z:4: w.example.: DS without NS"}},
             {"DS at the apex",
              "@ 300 DS 1 8 250 00\n",
              {"z:4: example.: DS at the apex: it belongs to the parent zone"}},
             {"RRSIG with another TTL",
              "w 300 A 192.0.2.1\nw 60 RRSIG A 13 2 300 20290101000000 20260101000000 1 example. AQID\n",
              {"z:5: w.example.: RRSIG of A with another TTL than the RRset"}},
         }) {
      CAPTURE(std::string(row.title));
      CHECK(to_strings(load(apex + row.text).warnings) == row.warnings);
    }
  }

  TEST_CASE("warnings name the line of the very record") {
    const LoadedZone zone =
        load(std::string(test::apex) + "d 300 NS b.test.\nd 300 NS ns.d\nd 300 NS a.test.\n");
    CHECK(to_strings(zone.warnings) ==
          Strings{"z:5: d.example.: missing glue: no address for ns.d.example."});
  }

  TEST_CASE("100 warnings are kept, and the others counted") {
    std::string text(test::apex);
    for (int i = 0; i < 130; ++i) text += "d" + std::to_string(i) + " 300 NS ns.d" + std::to_string(i) + "\n";
    const LoadedZone zone = load(text);
    REQUIRE(zone.warnings.size() == 101);
    CHECK(zone.warnings.back().message == "and 30 more warnings");
  }
}

}  // namespace doors
