#include "sync/ctl/served_zones.h"

#include <doctest/doctest.h>

using namespace doors;
using namespace doors::ctl;

namespace {

ZoneFile file(const char* path, std::int64_t changed = 1) {
  return {.path = path, .octets = 10, .changed_ns = changed, .inode = 7};
}

ReadFile reading(const ZoneFile& of, const char* zone, int content) {
  ReadFile read{.file = of, .zone = *Name::parse(zone), .digest = {}, .includes = false};
  read.digest[0] = static_cast<std::byte>(content);
  return read;
}

using Verdict = ServedZones::Verdict;

}  // namespace

TEST_SUITE("ctl: which file serves which zone") {
  TEST_CASE("a new file is read and offered, an unchanged one is not read again") {
    ServedZones served;
    const auto a = file("a");
    CHECK(served.begin({a}) == std::vector<std::size_t>{0});
    const auto came = served.came(reading(a, "a.", 1));
    CHECK(came.verdict == Verdict::offer);
    CHECK(came.seq == 1);
    CHECK(came.is_new);
    CHECK(served.finish().gone.empty());
    CHECK(served.begin({a}).empty());
    CHECK(served.finish().gone.empty());
    CHECK(served.size() == 1);
  }

  TEST_CASE("a touched file of the same content is read and nothing is offered") {
    ServedZones served;
    CHECK(served.begin({file("a", 1)}).size() == 1);
    CHECK(served.came(reading(file("a", 1), "a.", 1)).verdict == Verdict::offer);
    CHECK(served.begin({file("a", 2)}).size() == 1);
    CHECK(served.came(reading(file("a", 2), "a.", 1)).verdict == Verdict::unchanged);
    CHECK(served.begin({file("a", 2)}).empty());
  }

  TEST_CASE("changed content gets the next number") {
    ServedZones served;
    CHECK(served.begin({file("a", 1)}).size() == 1);
    CHECK(served.came(reading(file("a", 1), "a.", 1)).seq == 1);
    CHECK(served.begin({file("a", 2)}).size() == 1);
    const auto came = served.came(reading(file("a", 2), "a.", 2));
    CHECK(came.verdict == Verdict::offer);
    CHECK(came.seq == 2);
    CHECK_FALSE(came.is_new);
  }

  TEST_CASE("a file with includes is read every time") {
    ServedZones served;
    CHECK(served.begin({file("a")}).size() == 1);
    auto read = reading(file("a"), "a.", 1);
    read.includes = true;
    CHECK(served.came(read).verdict == Verdict::offer);
    CHECK(served.begin({file("a")}).size() == 1);
  }

  TEST_CASE("a file that has become bad leaves its zone served, and is read again next time") {
    ServedZones served;
    CHECK(served.begin({file("a", 1)}).size() == 1);
    CHECK(served.came(reading(file("a", 1), "a.", 1)).verdict == Verdict::offer);
    CHECK(served.begin({file("a", 2)}).size() == 1);
    CHECK(served.failed("a"));
    CHECK(served.finish().gone.empty());
    CHECK(served.size() == 1);
    CHECK(served.begin({file("a", 2)}).size() == 1);
  }

  TEST_CASE("a file that never was good serves nothing") {
    ServedZones served;
    CHECK(served.begin({file("a")}).size() == 1);
    CHECK_FALSE(served.failed("a"));
    CHECK(served.finish().gone.empty());
    CHECK(served.size() == 0);
    CHECK_FALSE(served.any_zone());
  }

  TEST_CASE("a file that has gone takes its zone along, and its number goes on when it returns") {
    ServedZones served;
    CHECK(served.begin({file("a")}).size() == 1);
    CHECK(served.came(reading(file("a"), "a.", 1)).seq == 1);
    CHECK(served.begin({}).empty());
    const auto finish = served.finish();
    REQUIRE(finish.gone.size() == 1);
    CHECK(finish.gone.front() == *Name::parse("a."));
    CHECK(served.begin({file("a")}).size() == 1);
    CHECK(served.came(reading(file("a"), "a.", 1)).seq == 2);
  }

  TEST_CASE("of two files of one zone the first in order serves, whichever is read first") {
    for (const bool second_first : {false, true}) {
      CAPTURE(second_first);
      ServedZones served;
      const auto a = file("a"), b = file("b");
      CHECK(served.begin({a, b}).size() == 2);
      if (second_first) {
        CHECK(served.came(reading(b, "z.", 2)).verdict == Verdict::offer);
        const auto came = served.came(reading(a, "z.", 1));
        CHECK(came.verdict == Verdict::offer);
        CHECK(came.seq == 2);
        CHECK_FALSE(came.is_new);
        CHECK(came.displaced == "b");
      } else {
        CHECK(served.came(reading(a, "z.", 1)).verdict == Verdict::offer);
        const auto came = served.came(reading(b, "z.", 2));
        CHECK(came.verdict == Verdict::surplus);
        CHECK(came.other == "a");
      }
      CHECK(served.finish().gone.empty());
      CHECK(served.size() == 1);
    }
  }

  TEST_CASE("when the serving file goes, the surplus one takes over") {
    ServedZones served;
    const auto a = file("a"), b = file("b");
    CHECK(served.begin({a, b}).size() == 2);
    CHECK(served.came(reading(a, "z.", 1)).verdict == Verdict::offer);
    CHECK(served.came(reading(b, "z.", 2)).verdict == Verdict::surplus);
    CHECK(served.begin({b}).empty());
    const auto finish = served.finish();
    CHECK(finish.gone.empty());
    REQUIRE(finish.read == std::vector<std::filesystem::path>{"b"});
    CHECK(served.came(reading(b, "z.", 2)).verdict == Verdict::offer);
    CHECK(served.finish().read.empty());
    CHECK(served.size() == 1);
  }

  TEST_CASE("a file that comes to hold another zone gives up the one it had") {
    ServedZones served;
    CHECK(served.begin({file("a", 1)}).size() == 1);
    CHECK(served.came(reading(file("a", 1), "x.", 1)).verdict == Verdict::offer);
    CHECK(served.begin({file("a", 2)}).size() == 1);
    CHECK(served.came(reading(file("a", 2), "y.", 1)).verdict == Verdict::offer);
    const auto finish = served.finish();
    REQUIRE(finish.gone.size() == 1);
    CHECK(finish.gone.front() == *Name::parse("x."));
    CHECK(served.any_zone() == *Name::parse("y."));
  }

  TEST_CASE("an image that was not taken: a new zone is not served, and its file is read again") {
    ServedZones served;
    CHECK(served.begin({file("a")}).size() == 1);
    const auto came = served.came(reading(file("a"), "a.", 1));
    served.not_taken("a", *Name::parse("a."), came);
    CHECK(served.size() == 0);
    CHECK(served.finish().gone.empty());
    CHECK(served.begin({file("a")}).size() == 1);
    CHECK(served.came(reading(file("a"), "a.", 1)).verdict == Verdict::offer);
  }

  TEST_CASE("what an earlier run served goes on from its number") {
    ServedZones served;
    served.remember(*Name::parse("a."), 41);
    CHECK(served.begin({file("a")}).size() == 1);
    CHECK(served.came(reading(file("a"), "a.", 1)).seq == 42);
    REQUIRE(served.served().size() == 1);
    CHECK(served.served().front().seq == 42);
  }
}
