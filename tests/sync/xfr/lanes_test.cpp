#include "sync/xfr/lanes.h"

#include <string>

#include <doctest/doctest.h>

namespace doors::xfr {
namespace {

TEST_SUITE("xfr: who may have a worker") {
  TEST_CASE("one primary has its own places alone, and those who wait come in turn") {
    Lanes lanes(3, 2);
    std::string begun;
    const auto wait = [&](const char* primary, char name) {
      lanes.wait(primary, [&begun, name] { return begun += name, true; });
    };
    for (const char name : {'a', 'b', 'c', 'd'}) wait("stalls", name);
    CHECK(begun == "ab");
    wait("other", 'x');
    wait("other", 'y');
    CHECK(begun == "abx");  // three at once
    lanes.end("other");
    CHECK(begun == "abxy");
    lanes.end("stalls");
    CHECK(begun == "abxyc");
  }

  TEST_CASE("each primary has its turn, however many wait for those before it") {
    Lanes lanes(1, 1);
    std::string begun;
    for (const char* primary : {"a", "a", "a", "b", "b", "c", "c"})
      lanes.wait(primary, [&begun, primary] { return begun += primary, true; });
    for (const char* primary : {"a", "b", "c", "a", "b", "c", "a"}) {
      CHECK(begun.substr(begun.size() - 1) == primary);
      lanes.end(primary);
    }
    CHECK(begun == "abcabca");
  }

  TEST_CASE("who has no use for a place any more leaves it to the next") {
    Lanes lanes(1, 1);
    int begun = 0;
    lanes.wait("p", [&] { return ++begun, true; });
    lanes.wait("p", [] { return false; });
    lanes.wait("p", [&] { return ++begun, true; });
    CHECK(begun == 1);
    lanes.end("p");
    CHECK(begun == 2);
  }
}

}  // namespace
}  // namespace doors::xfr
