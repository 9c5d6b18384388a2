#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/zones/load/signed_zone.h"
#include "zones/content/diff.h"
#include "zones/content/digest.h"

namespace doors {

using Strings = std::vector<std::string>;

namespace {

const std::filesystem::path data = DOORS_TEST_DATA_DIR;

std::vector<std::string> gates_of(const Content& content) {
  std::vector<std::string> gates;
  for (const Problem& problem :
       check_dnssec(content, std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)).problems) {
    if (problem.error) gates.emplace_back(to_string(problem.gate));
  }
  return gates;
}

}  // namespace

TEST_SUITE("load: real zones") {
  TEST_CASE("the signed root zone of 2021 loads whole; its ZONEMD is zero and its signatures are over") {
    const auto zone = load_zone_file(data / "root-2021-signed.zone", {});
    REQUIRE(zone);
    CHECK(zone->content.origin().is_root());
    CHECK(zone->content.serial() == Serial(2021051901));
    CHECK(zone->content.record_count() == 21'353);
    CHECK(zone->warnings.empty());
    CHECK(gates_of(zone->content) == Strings{"zonemd", "expired"});
    // A month before it was all valid but ZONEMD.
    const auto problems =
        check_dnssec(zone->content, std::chrono::sys_days(std::chrono::year(2021) / 5 / 25)).problems;
    REQUIRE(problems.size() == 1);
    CHECK(problems.front().gate == Gate::zonemd);
  }

  TEST_CASE("a content written as text and read again is the same") {
    const auto zone = load_zone_file(data / "root-2021-signed.zone", {});
    REQUIRE(zone);
    std::string text;
    for (const std::string& line : test::records(zone->content)) text += line + "\n";
    const LoadedZone again = test::load(text, test::with_origin("."));
    CHECK(std::ranges::equal(again.content.stream(), zone->content.stream()));
    const Octets stream = zone->content.stream();
    CHECK(Content::parse({stream.begin(), stream.end()}));
  }

  TEST_CASE("the history of the root zone loads, and each version differs a little from the one before") {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(data / "root-history"))
      files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    REQUIRE(files.size() == 61);
    std::optional<Content> before;
    for (const auto& file : files) {
      CAPTURE(file.filename().string());
      auto zone = load_zone_file(file, {});
      REQUIRE(zone);
      CHECK(zone->warnings.empty());
      if (!before) {
        CHECK(gates_of(zone->content) == Strings{"zonemd", "signatures", "expired"});
      } else {
        const Diff found = diff(*before, zone->content);
        CHECK_FALSE(found.empty());
        CHECK(found.added + found.removed + found.changed < 3000);
        CHECK(before->serial() < zone->content.serial());
        RunningDigest digest(content_digest(*before));
        for (std::size_t i = 0; i < before->rrset_count(); ++i) digest.remove(before->rrset_octets(i));
        CHECK(digest.value() == Sha256{});
      }
      before = std::move(zone->content);
    }
  }
}

}  // namespace doors
