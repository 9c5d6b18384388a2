#include <doctest/doctest.h>

#include "tests/zones/load/loading.h"
#include "zones/load/node_walk.h"

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
             {"MX to a host without address",
              "w 300 MX 1 a\n",
              {"z:4: w.example.: MX leads to a.example., which has no address"}},
             {"MX to an alias by a wildcard",
              "w 300 MX 1 a\n* 300 CNAME b.test.\n",
              {"z:4: w.example.: MX leads to the alias a.example."}},
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
             {"RRSIG over nothing",
              "w 60 RRSIG A 13 2 60 20290101000000 20260101000000 1 example. AQID\n",
              {"z:4: w.example.: RRSIG of A, and there is no A here"}},
             {"NSEC with the negative TTL", "w 5 NSEC example. NSEC\n", {}},
             {"NSEC with another TTL",
              "w 300 NSEC v.example. NSEC\nv 60 NSEC example. NSEC\n",
              {"z:5: v.example.: TTL of NSEC or NSEC3 is not the lower one of the SOA's TTL and minimum, 5 "
               "(2 in "
               "all)"}},
             {"NS at a wildcard", "* 300 NS ns.test.\n", {"z:4: *.example.: NS at a wildcard"}},
             {"DNAME at a wildcard", "* 300 DNAME a.test.\n", {"z:4: *.example.: DNAME at a wildcard"}},
             {"iterations",
              "@ 300 NSEC3PARAM 1 0 1 -\n",
              {"z:4: example.: NSEC3PARAM with 1 iterations; 0 are as safe"}},
             {"hash algorithm",
              "@ 300 NSEC3PARAM 2 0 0 -\n",
              {"z:4: example.: NSEC3PARAM of an unknown algorithm"}},
             {"key below the apex",
              "w 300 DNSKEY 256 3 8 AQID\n",
              {"z:4: w.example.: DNSKEY below the apex has no effect"}},
             {"CDS below the apex",
              "w 300 CDS 0 0 0 00\n",
              {"z:4: w.example.: CDS below the apex has no effect"}},
         }) {
      CAPTURE(std::string(row.title));
      CHECK(to_strings(load(apex + row.text).warnings) == row.warnings);
    }
  }

  TEST_CASE("an RRset that fits no message is told") {
    std::string text(test::apex);
    for (int i = 0; i < 256; ++i)
      text +=
          "w 300 TXT " + std::string(240, 'a') + std::to_string(100 + i) + "\n";  // 256 × (12 + 244) octets
    CHECK(to_strings(load(text).warnings) == Strings{"z:4: w.example.: TXT: the RRset fits no message"});
    text.erase(text.rfind("w 300"));
    CHECK(to_strings(load(text).warnings) == Strings{});
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

  TEST_CASE("a large zone, which is checked in pieces, is judged as a whole") {
    // Delegations of which each hides something below it, so that any wrong cut lets one through.
    std::string text(test::apex);
    for (std::size_t i = 0; i < 40'000; ++i) {
      const std::string zone = "d" + std::to_string(i);
      text += zone + " 300 NS ns.elsewhere.\na." + zone + " 300 TXT x\nb." + zone + " 300 NSEC c A\nb." +
              zone + " 300 A 192.0.2.1\n";
    }
    ZoneFileOptions options = test::with_origin("example.");
    options.run = run_on_all_cores;
    const LoadedZone zone = test::load(text + "z 300 NSEC c A\ny 9 NSEC c A\n", options);
    REQUIRE(zone.content.rrset_count() > 160'000);
    REQUIRE(zone.warnings.size() == 101);
    // In canonical order: d0, d1, d10, d100, …
    CHECK(zone.warnings[0].to_string() ==
          "z:5: a.d0.example.: TXT is hidden by the delegation of d0.example.");
    CHECK(zone.warnings[99].owner == "b.d10040.example.");
    CHECK(zone.warnings[100].message == "and 79901 more warnings");
    CHECK(test::errors(text + "z 300 CNAME a\nz 300 A 192.0.2.1\n", options) ==
          std::vector<std::string>{"z:160005: z.example.: CNAME beside other data (A)"});
  }
}

TEST_SUITE("load: many types at one name") {
  TEST_CASE("one of n RRsets is found in log n looks") {
    std::vector<std::pair<RRType, RRType>> kinds;
    for (unsigned type = 1; type < 8000; ++type)
      kinds.emplace_back(RRType(static_cast<std::uint16_t>(2 * type)), RRType{});
    for (unsigned type = 1; type < 8000; ++type)
      kinds.emplace_back(RRType(0xf000), RRType(static_cast<std::uint16_t>(type)));
    std::size_t looks = 0;
    const auto find = [&](RRType type, RRType covered) {
      return find_kind(0, kinds.size(), type, covered, [&](std::size_t i) {
        ++looks;
        return kinds[i];
      });
    };
    for (std::size_t i = 0; i < kinds.size(); ++i) CHECK(find(kinds[i].first, kinds[i].second) == i);
    CHECK(find(RRType(3), RRType{}) == kinds.size());
    CHECK(find(RRType(0xf000), RRType(8001)) == kinds.size());
    CHECK(looks <= (kinds.size() + 2) * 14);
  }

  TEST_CASE("glue d places behind its delegation is found in about 2 log d looks") {
    constexpr std::size_t places = 1'000'000;
    for (const std::size_t from : {0u, 17u, 999'998u}) {
      for (std::size_t target = from + 1; target <= places; target += 1 + (target - from) * 7 / 5) {
        CAPTURE(from);
        CAPTURE(target);
        std::size_t looks = 0;
        const std::size_t found = first_not_before(from, places, [&](std::size_t at) {
          ++looks;
          REQUIRE(at < places);
          return at < target;
        });
        CHECK(found == target);
        std::size_t log = 0;
        while (std::size_t{1} << log < target - from) ++log;
        CHECK(looks <= 2 * log + 2);
      }
    }
  }

  TEST_CASE("each RRSIG at a name of many types finds what it covers") {
    std::string text(test::apex);
    for (unsigned type = 65'000; type < 65'200; ++type) {
      const std::string name = "TYPE" + std::to_string(type);
      if (type % 100 != 0) text += "w 300 " + name + " \\# 0\n";
      text += "w 300 RRSIG " + name + " 13 2 300 20290101000000 20260101000000 1 example. AQID\n";
    }
    const auto zone = test::load(text, test::with_origin("example."));
    CHECK(test::to_strings(zone.warnings) ==
          std::vector<std::string>{"z:4: w.example.: RRSIG of TYPE65000, and there is no TYPE65000 here",
                                   "z:203: w.example.: RRSIG of TYPE65100, and there is no TYPE65100 here"});
  }
}

}  // namespace doors
