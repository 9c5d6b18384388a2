#include "sync/ctl/loaded_files.h"

#include <fstream>

#include <doctest/doctest.h>

#include "tests/zones/base/temporary_directory.h"

using namespace doors;
using namespace doors::ctl;

namespace {

std::string zone(const std::string& origin, const std::string& records) {
  return "$ORIGIN " + origin + "\n@ 300 SOA ns.test. host 1 2 3 4 5\n@ 300 NS ns.test.\n" + records;
}

/// What check says of these zones when the chosen ones are looked into: "ZONE: FILE OWNER MESSAGE" each.
std::vector<std::string> said_of(const std::vector<std::string>& zones, const std::vector<bool>& chosen) {
  const test::TemporaryDirectory directory;
  ZoneArguments arguments;
  for (std::size_t i = 0; i < zones.size(); ++i) {
    arguments.paths.push_back(directory.path() / (std::to_string(i) + ".zone"));
    std::ofstream(arguments.paths.back()) << zones[i];
  }
  Terminal terminal({.quiet = true, .colours = Terminal::Colours::never, .json = false});
  auto files = load_files(terminal, arguments);
  REQUIRE(files);
  check_dnssec_of(terminal, *files, chosen);
  std::vector<std::string> said;
  for (std::size_t i = 0; i < files->size(); ++i) {
    for (const Problem& problem : (*files)[i].problems) {
      said.push_back(std::to_string(i) + ": " + std::filesystem::path(problem.file).filename().string() +
                     " " + problem.owner + " " + problem.message);
    }
  }
  return said;
}

}  // namespace

TEST_SUITE("ctl: zones that were read") {
  TEST_CASE("the DS of a zone is compared with the keys of the zone below it among the files") {
    const std::string upper =
        zone("example.", "c.b 300 NS ns.test.\nc.b 300 DS 1 8 1 0000000000000000000000000000000000000000\n");
    const std::string lower = zone("c.b.example.", "");
    const std::string beside = zone("d.example.", "");
    using Strings = std::vector<std::string>;
    const std::string broken = "0.zone c.b.example. DS here, but the zone has no DNSKEY";
    CHECK(said_of({upper, lower, beside}, {true, true, true}) == Strings{"0: " + broken});
    CHECK(said_of({upper, lower, beside}, {true, false, false}) == Strings{"0: " + broken});
    // The upper zone is not looked into (it has not changed), so nobody would hear of its problems.
    CHECK(said_of({upper, lower, beside}, {false, true, false}) == Strings{"1: " + broken});
    CHECK(said_of({upper, lower, beside}, {false, false, true}) == Strings{});
    CHECK(said_of({upper, beside}, {true, true}) == Strings{});
  }
}
