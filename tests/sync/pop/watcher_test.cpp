#include "sync/pop/watcher.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/sync/pop/world.h"

namespace doors {
namespace {

TEST_SUITE("pop: what is new in the store") {
  /// The zones and numbers that one take() gives: "a.1 b.1".
  std::string taken(Watcher & watcher) {
    const auto news = watcher.take();
    REQUIRE(news);
    std::string all;
    for (const StoredVersion& stored : *news)
      all.append(all.empty() ? "" : " ").append(stored.version.zone.to_string()) +=
          std::to_string(stored.version.number.seq);
    return all;
  }

  TEST_CASE("much comes in parts, and counts as seen with the last one") {
    World world("watcher-parts");
    std::vector<Draft> drafts;
    for (const char* zone : {"a.", "b.", "c.", "d.", "e."}) drafts.push_back(draft_of(content_of(zone, 1)));
    const std::uint64_t revision = world.must_publish(drafts);
    Watcher watcher(
        *world.store, [] {}, 2);
    std::vector<std::string> zones;
    const auto count = [&] {
      const auto news = watcher.take();
      REQUIRE(news);
      for (const StoredVersion& stored : *news) zones.push_back(stored.version.zone.to_string());
      return news->size();
    };
    CHECK(count() == 2);
    CHECK(watcher.has_more());
    CHECK(watcher.seen() == 0);
    world.push("a.", 2);  // waits until the list is through
    CHECK(count() == 2);
    CHECK(watcher.has_more());
    CHECK(count() == 1);
    CHECK_FALSE(watcher.has_more());
    CHECK(watcher.seen() == revision);
    std::ranges::sort(zones);
    CHECK(zones == std::vector<std::string>{"a.", "b.", "c.", "d.", "e."});
    CHECK(taken(watcher) == "a.2");
    CHECK(watcher.seen() == revision + 1);
    CHECK(taken(watcher).empty());
  }

  TEST_CASE("after a restart all comes again, from its beginning") {
    World world("watcher-restart");
    world.must_publish(
        {draft_of(content_of("a.", 1)), draft_of(content_of("b.", 1)), draft_of(content_of("c.", 1))});
    Watcher watcher(
        *world.store, [] {}, 2);
    const std::string first = taken(watcher);
    watcher.restart();
    CHECK_FALSE(watcher.has_more());
    CHECK(taken(watcher) == first);
    CHECK(watcher.has_more());
  }
}

}  // namespace
}  // namespace doors
