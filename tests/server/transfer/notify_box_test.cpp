#include "server/transfer/notify_box.h"

#include <atomic>
#include <string>
#include <thread>

#include <doctest/doctest.h>

using namespace doors;

namespace {

/// A box, and what it told.
struct World {
  NotifyBox box{[this] { ++wakes; }};
  std::atomic<int> wakes{0};
  std::vector<std::vector<Name>> told;
  bool there = true;

  void wait() {
    box.wait([this](const std::vector<Name>& zones) {
      if (there) told.push_back(zones);
      return there;
    });
  }
};

Name name(const std::string& text) { return *Name::parse(text); }

}  // namespace

TEST_SUITE("transfer: what NOTIFY said") {
  TEST_CASE("a zone lies there once, and the first one wakes") {
    World world;
    for (const char* zone : {"b.", "a.", "B.", "a."}) CHECK(world.box.put(name(zone)));
    CHECK(world.wakes == 1);
    world.box.hand_over();  // to nobody
    world.wait();
    REQUIRE(world.told.size() == 1);
    CHECK(world.told[0] == std::vector{name("a."), name("b.")});
    world.box.hand_over();
    CHECK(world.told.size() == 1);
    CHECK(world.box.put(name("a.")));
    CHECK(world.wakes == 2);
  }
  TEST_CASE("who waits is told when there is something; who comes after him ends his wait") {
    World world;
    world.wait();
    world.wait();
    REQUIRE(world.told.size() == 1);
    CHECK(world.told[0].empty());
    CHECK(world.box.put(name("a.")));
    world.box.hand_over();
    REQUIRE(world.told.size() == 2);
    CHECK(world.told[1].size() == 1);
  }
  TEST_CASE("what somebody who has left does not take is kept for the next") {
    World world;
    world.wait();
    world.there = false;
    CHECK(world.box.put(name("a.")));
    world.box.hand_over();
    world.there = true;
    world.wait();
    REQUIRE(world.told.size() == 1);
    CHECK(world.told[0] == std::vector{name("a.")});
  }
  TEST_CASE("there is room for so many, and for those that are there already") {
    World world;
    for (std::size_t i = 0; i < NotifyBox::most_zones; ++i) REQUIRE(world.box.put(name(std::to_string(i))));
    CHECK_FALSE(world.box.put(name("a.")));
    CHECK(world.box.put(name("7")));
    world.wait();
    REQUIRE(world.told.size() == 1);
    CHECK(world.told[0].size() == NotifyBox::most_zones);
    CHECK(world.box.put(name("a.")));
  }
  TEST_CASE("many threads at once lose none") {
    World world;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&world, thread] {
        for (int i = 0; i < 500; ++i) (void)world.box.put(name(std::to_string((i * 7 + thread) % 1000)));
      });
    }
    std::set<Name> all;
    const auto take = [&] {
      world.wait();
      world.box.hand_over();
      for (const auto& zones : world.told) all.insert(zones.begin(), zones.end());
      world.told.clear();
    };
    for (int i = 0; i < 200; ++i) take();
    for (std::thread& thread : threads) thread.join();
    take();
    std::set<Name> wanted;
    for (int thread = 0; thread < 4; ++thread)
      for (int i = 0; i < 500; ++i) wanted.insert(name(std::to_string((i * 7 + thread) % 1000)));
    CHECK(all == wanted);
  }
}
