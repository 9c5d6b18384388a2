#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/zones/load/loading.h"
#include "zones/load/likely_origin.h"

namespace doors {

using test::errors;
using test::load;
using Strings = std::vector<std::string>;

TEST_SUITE("load: which zone it is") {
  TEST_CASE("the option says it, else the SOA's owner under $ORIGIN, else the file's name") {
    struct Row {
      const char* title;
      std::optional<const char*> option;
      const char* text;
      const char* file;
      const char* origin;
      const char* server;  // the NS target, which is written "ns"
    };
    for (const Row& row : std::initializer_list<Row>{
             {"option", "example.", "@ 1 SOA ns host 1 2 3 4 5\n 1 NS ns\n", "other.zone", "example.",
              "ns.example."},
             {"option over $ORIGIN", "sub.example.",
              "$ORIGIN example.\nsub 1 SOA ns host 1 2 3 4 5\n 1 NS ns\n", "z", "sub.example.",
              "ns.example."},
             {"$ORIGIN",
              {},
              "$ORIGIN example.\n@ 1 SOA ns host 1 2 3 4 5\n 1 NS ns\n",
              "z",
              "example.",
              "ns.example."},
             {"$ORIGIN above",
              {},
              "$ORIGIN .\nexample 1 SOA ns host 1 2 3 4 5\n 1 NS ns\n",
              "z",
              "example.",
              "ns."},
             {"SOA's owner",
              {},
              "example. 1 SOA ns host 1 2 3 4 5\n 1 NS ns\n",
              "z",
              "example.",
              "ns.example."},
             {"the root", {}, ". 1 SOA ns host 1 2 3 4 5\n 1 NS ns\n", "root.zone", ".", "ns."},
             {"SOA's owner, not first",
              {},
              "example. 1 NS ns.example.\nexample. 1 SOA ns host 1 2 3 4 5\n",
              "z",
              "example.",
              "ns.example."},
             {"file name",
              {},
              "@ 1 SOA ns host 1 2 3 4 5\n 1 NS ns\n",
              "/some/where/a.example.zone",
              "a.example.",
              "ns.a.example."},
             {"file name without .zone",
              {},
              "@ 1 SOA ns host 1 2 3 4 5\n 1 NS ns\n",
              "where/a.example",
              "a.example.",
              "ns.a.example."},
             {"file name, SOA not first",
              {},
              "@ 1 NS ns\n@ 1 SOA ns host 1 2 3 4 5\n",
              "a.example.zone",
              "a.example.",
              "ns.a.example."},
         }) {
      CAPTURE(std::string(row.title));
      ZoneFileOptions options;
      if (row.option) options = test::with_origin(*row.option);
      const LoadedZone zone = load(row.text, options, row.file);
      CHECK(zone.content.origin().to_string() == row.origin);
      const auto ns = zone.content.find(zone.content.origin(), RRType::ns);
      REQUIRE(ns);
      CHECK(rdata_to_presentation(RRType::ns, ns->rdatas.front()) == row.server);
    }
  }

  TEST_CASE("a SOA elsewhere than at the given origin is an error") {
    CHECK(errors("w 1 SOA ns host 1 2 3 4 5\n@ 1 NS ns\n", test::with_origin("example.")) ==
          Strings{"z:1: w.example.: SOA below the apex example."});
    CHECK(errors("test. 1 SOA ns host 1 2 3 4 5\n", test::with_origin("example.")) ==
          Strings{"z:1: test.: out of zone example."});
  }

  TEST_CASE("records before the SOA that turn out to be out of zone are told with their lines") {
    CHECK(errors("a.test. 1 A 192.0.2.1\nexample. 1 SOA ns host 1 2 3 4 5\n 1 NS ns.test.\n") ==
          Strings{"z:1: a.test.: out of zone example."});
  }

  TEST_CASE("without a SOA there is no zone") {
    CHECK(errors("") == Strings{"z: no SOA"});
    CHECK(errors("w.example. 1 A 192.0.2.1\n") == Strings{"z: no SOA"});
    CHECK(errors("w 1 A 192.0.2.1\n", test::with_origin("example.")) == Strings{"z: no SOA at example."});
  }
  TEST_CASE("of a file with errors it is told which zone it would be, by its SOA or its name") {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("doors-origin-" + std::to_string(::getpid()) + ".zone");
    const std::string by_name = path.stem().string() + ".";
    struct Row {
      std::string text;
      std::string origin;
    };
    for (const Row& row :
         std::initializer_list<Row>{{"Bad.example. 1 IN SOA (\n", by_name},
                                    {"$TTL x\nBad.example. 1 IN SOA ns\nx A 1\n", "bad.example."},
                                    {"$ORIGIN example.\n@ SOA\n", "example."},
                                    {"$ORIGIN example.\nsub\n 1 soa\n", "sub.example."},
                                    {"soa A 192.0.2.1\n$ORIGIN example.\n@ IN SOA\n", "example."},
                                    {"w.example. A 192.0.2.1\n 1 IN CNAME soa\n", by_name},
                                    {"$ORIGIN a..b\n@ SOA\n", by_name},
                                    {"a..b SOA\n", by_name},
                                    {"w A 192.0.2.1\n", by_name},
                                    {"", by_name}}) {
      CAPTURE(row.text);
      std::ofstream(path) << row.text;
      const auto origin = likely_origin(path, {});
      CHECK((origin ? origin->to_string() : "") == row.origin);
    }
    const std::string comments(std::size_t{200} << 10, ';');
    std::ofstream(path) << "example. 1 IN SOA\n" << comments << "\n";
    CHECK(likely_origin(path, {})->to_string() == "example.");
    std::ofstream(path) << comments << "\nexample. 1 IN SOA\n";
    CHECK(likely_origin(path, {})->to_string() == by_name);
    std::ofstream(path) << "@ 1 IN SOA\n";
    CHECK(likely_origin(path, {})->to_string() == by_name);
    std::filesystem::remove(path);
    CHECK(likely_origin(path, {})->to_string() == by_name);
    CHECK_FALSE(likely_origin(path.parent_path() / "notes", {}));
    CHECK(likely_origin(path, test::with_origin("Example."))->to_string() == "example.");
  }
}

}  // namespace doors
