#include <algorithm>

#include <doctest/doctest.h>

#include "tests/server/health/keeper_world.h"

using doors::CheckKind;
using doors::DrainAsked;
using doors::Keeper;
using doors::Lane;
using doors::LeaseAction;
using doors::Probed;
using doors::UndrainAsked;
using doors::WeightAsked;
using namespace doors::test;

TEST_SUITE("health: which interface a lease is on") {
  TEST_CASE(
      "weighted far, the lease moves to the far interface, outlives a restart, and a drain goes before") {
    World world;
    world.live(3);
    world.feed(WeightAsked{true, "ana"});
    world.live(2);
    CHECK(world.has(0, Lane::far));
    CHECK(!world.has(0, Lane::up));
    CHECK(world.keeper.state() == "up");
    CHECK(world.keeper.announcements()[0].lane == Lane::far);
    CHECK(world.why_has("weight: far"));
    CHECK(world.why_has("192.0.2.0/24 announced as far"));

    World restarted(two_prefixes(), world.keeper.memory());
    restarted.live(3);
    CHECK(restarted.has(0, Lane::far));
    CHECK(!restarted.has(0, Lane::up));

    world.feed(DrainAsked{"", "ana"});
    world.live(2);
    CHECK(world.has(0, Lane::drain));
    CHECK(!world.has(0, Lane::far));
    world.feed(UndrainAsked{"ana"});
    world.feed(WeightAsked{false, "ana"});
    world.live(2);
    CHECK(world.kernel.size() == 2);
    CHECK(world.has(0, Lane::up));
  }

  TEST_CASE(
      "for a speaker that cannot tell two interfaces of one prefix apart, a lease moves in one moment") {
    Keeper::Settings settings = two_prefixes();
    settings.lanes_overlap = false;
    World world(settings);
    world.kernel.push_back({0, Lane::far});  // an earlier doorkeeper's, still running
    world.live(3);
    CHECK(world.has(0, Lane::up));
    CHECK(!world.has(0, Lane::far));
    world.feed(WeightAsked{true, "ana"});
    world.clock.advance(250ms);
    const auto actions = world.feed(Probed{0, CheckKind::udp, alive()}).leases;
    REQUIRE(actions.size() == 2);
    CHECK(actions[0] == LeaseAction{LeaseAction::Verb::drop, 0, Lane::up});
    CHECK(actions[1] == LeaseAction{LeaseAction::Verb::renew, 0, Lane::far});
    CHECK(world.feed(Probed{0, CheckKind::udp, alive()}).leases.size() == 1);
  }

  TEST_CASE("a mark that cannot be set leaves the prefix announced as usual, and says so") {
    World world;
    world.live(3);
    world.broken_lane = Lane::far;
    world.feed(WeightAsked{true, "ana"});
    world.live(20);
    CHECK(world.has(0, Lane::up));
    CHECK(!world.has(0, Lane::far));
    CHECK(world.why_has(
        "192.0.2.0/24 cannot be announced as far, so it is announced as usual: no such interface"));
    const auto told =
        std::ranges::count(world.keeper.memory().changes, "soft cause appeared", &doors::Change::event);
    CHECK(told == 2);  // once for each prefix
    world.broken_lane = Lane::none;
    world.live(2);
    CHECK(world.has(0, Lane::far));
    CHECK(!world.has(0, Lane::up));
    CHECK(!world.why_has("cannot be announced"));
  }
}
