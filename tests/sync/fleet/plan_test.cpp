#include "sync/fleet/plan.h"

#include <doctest/doctest.h>

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("fleet: who takes what, and when") {
  const FleetNode canary{"ams1", "n1", {"canary"}, {"region=eu"}};
  const FleetNode other{"fra1", "n1", {}, {"region=eu"}};
  const Name zone = *Name::parse("example.");

  PlannedVersion version(std::uint64_t seq, std::uint32_t stage, bool goes_back = false) {
    return {zone, 1, seq, stage, goes_back};
  }
  Rollout rollout(std::uint32_t id, std::uint32_t open = 1) {
    Rollout made;
    made.id = id;
    made.state = Rollout::State::going;
    made.waves = {"group:canary", "all"};
    made.open = open;
    return made;
  }

  TEST_CASE("a selector means whom it names, and one that cannot be read means nobody") {
    for (const char* mine :
         {"all", "pop:ams1", "group:canary", "label:region=eu", "100%", "pop:x+group:canary"}) {
      CAPTURE(mine);
      CHECK(selects(mine, canary));
      CHECK(wrong_in_selector(mine).empty());
    }
    for (const char* not_mine : {"pop:ams", "group:canar", "label:region", "upto:00000000"}) {
      CAPTURE(not_mine);
      CHECK_FALSE(selects(not_mine, canary));
    }
    CHECK_FALSE(wrong_in_selector("all+").empty());
    for (const char* wrong : {"", "canary", "group:", "0%", "101%", "x%", "upto:xyz", "pop:a b"}) {
      CAPTURE(wrong);
      CHECK_FALSE(selects(wrong, canary));
      CHECK_FALSE(wrong_in_selector(wrong).empty());
    }
  }

  TEST_CASE("a share made exact takes that many PoPs, one at least, and all nodes of a PoP") {
    std::vector<FleetNode> nodes;
    for (int i = 0; i < 10; ++i) {
      nodes.push_back({"pop" + std::to_string(i), "a", {}, {}});
      nodes.push_back({"pop" + std::to_string(i), "b", {}, {}});
    }
    struct Row {
      const char* share;
      int nodes;
    };
    for (const Row& row : {Row{"1%", 2}, Row{"10%", 2}, Row{"25%", 6}, Row{"99%", 20}, Row{"100%", 20}}) {
      CAPTURE(row.share);
      const std::string exact = made_exact(row.share, nodes);
      int taken = 0;
      for (const FleetNode& node : nodes) taken += selects(exact, node) ? 1 : 0;
      CHECK(taken == row.nodes);
      CHECK(wrong_in_selector(exact).empty());
    }
    CHECK(made_exact("pop:a+100%", nodes) == "pop:a+all");
  }

  TEST_CASE("a version of a rollout waits for its wave; of none it does not") {
    FleetPlan plan;
    CHECK(hold_of(plan, other, version(3, 0)) == Hold::none);
    CHECK(hold_of(plan, canary, version(3, 1)) == Hold::wave);  // the plan is lost: nobody moves
    plan.begin(rollout(1));
    CHECK(hold_of(plan, canary, version(3, 1)) == Hold::none);
    CHECK(hold_of(plan, other, version(3, 1)) == Hold::wave);
    CHECK(hold_of(plan, canary, version(4, 2)) == Hold::wave);
    plan.rollout.open = 2;
    CHECK(hold_of(plan, other, version(3, 1)) == Hold::none);
    plan.rollout.state = Rollout::State::done;
    plan.rollout.open = 1;
    CHECK(hold_of(plan, other, version(3, 1)) == Hold::none);
  }

  TEST_CASE("what was stopped is for nobody, what takes it back for those who had it, also later") {
    FleetPlan plan;
    plan.begin(rollout(1));
    plan.stop("NXDOMAIN rose");
    for (int later = 0; later < 2; ++later) {
      CAPTURE(later);
      CHECK(hold_of(plan, canary, version(3, 1)) == Hold::stopped);
      CHECK(hold_of(plan, other, version(3, 1)) == Hold::stopped);
      CHECK(hold_of(plan, canary, version(4, 1, true)) == Hold::none);
      CHECK(hold_of(plan, other, version(4, 1, true)) == Hold::stopped);
      if (later == 0) plan.begin(rollout(2));
    }
    plan.begin(rollout(3));  // in the place of one that goes on
    CHECK(hold_of(plan, other, version(5, 2)) == Hold::stopped);
    CHECK(plan.stopped.size() == 2);
  }

  TEST_CASE("a pin holds what is above it, of its zone alone") {
    FleetPlan plan;
    plan.pins.push_back({"pop:fra1", zone, 1, 3});
    CHECK(hold_of(plan, other, version(3, 0)) == Hold::none);
    CHECK(hold_of(plan, other, version(4, 0)) == Hold::pin);
    CHECK(hold_of(plan, canary, version(4, 0)) == Hold::none);
    const Name another = *Name::parse("other.");
    CHECK(hold_of(plan, other, {another, 1, 4, 0, false}) == Hold::none);
    plan.promotions.push_back({"all", 77});
    CHECK(promoted_until(plan, other) == 77);
  }

  TEST_CASE("a plan comes back from its octets, and from no others") {
    FleetPlan plan;
    plan.begin(rollout(1));
    plan.stop("a reason with blanks");
    plan.begin(rollout(2, 2));
    plan.rollout.bake = std::chrono::milliseconds(1234);
    plan.rollout.gates.least_answers = 7;
    plan.pins.push_back({"pop:fra1", zone, 1, 3});
    plan.promotions.push_back({"all", 77});
    const auto octets = plan.encode();
    const auto read = FleetPlan::decode(octets);
    REQUIRE(read);
    CHECK(read->encode() == octets);
    CHECK(read->rollout.waves == plan.rollout.waves);
    CHECK(read->rollout.bake == plan.rollout.bake);
    CHECK(read->pins.size() == 1);
    CHECK(read->stopped.at(0).opened == "group:canary");
    for (std::size_t size = 0; size < octets.size(); ++size)
      CHECK_FALSE(FleetPlan::decode(Octets(octets).first(size)));
    plan.rollout.waves = {"no selector"};
    CHECK_FALSE(FleetPlan::decode(plan.encode()));
    plan.rollout.waves.assign(Rollout::max_waves + 1, "all");
    CHECK_FALSE(FleetPlan::decode(plan.encode()));
  }
}

}  // namespace
}  // namespace doors
