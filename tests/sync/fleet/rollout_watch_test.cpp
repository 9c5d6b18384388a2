#include "sync/fleet/rollout_watch.h"

#include <doctest/doctest.h>

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("fleet: what comes next in a rollout") {
  using Step = RolloutWatch::Step;
  using std::chrono::seconds;

  struct Fixture {
    Fixture() {
      rollout.id = 4;
      rollout.state = Rollout::State::going;
      rollout.waves = {"group:canary", "all"};
      rollout.open = 1;
      rollout.bake = seconds(10);
      rollout.limit = seconds(60);
    }
    Step look(int at) {
      auto decision = watch.look(rollout, 100, nodes, Monotonic(seconds(1000 + at)));
      reason = decision.reason;
      return decision.step;
    }
    Rollout rollout;
    std::vector<RolloutNode> nodes{{{"ams1", "n1", {"canary"}, {}}, 90, false, {}},
                                   {{"fra1", "n1", {}, {}}, 90, false, {}}};
    RolloutWatch watch;
    std::string reason;
  };

  TEST_CASE_FIXTURE(Fixture,
                    "the next wave is opened when the one before is settled and has answered for a while") {
    CHECK(look(0) == Step::wait);
    nodes[0].revision = 100;
    CHECK(look(5) == Step::wait);
    CHECK(look(14) == Step::wait);
    CHECK(look(15) == Step::open);
    rollout.open = 2;
    CHECK(look(16) == Step::wait);
    nodes[1].revision = 101;
    CHECK(look(17) == Step::done);
    rollout.state = Rollout::State::done;
    CHECK(look(18) == Step::wait);
  }

  TEST_CASE_FIXTURE(Fixture, "who speaks against it, is gone or late stops it, in an open wave alone") {
    nodes[0].revision = nodes[1].revision = 100;
    nodes[1].bad = "NXDOMAIN rose";
    CHECK(look(0) == Step::wait);
    nodes[0].bad = "SERVFAIL rose";
    CHECK(look(1) == Step::stop);
    CHECK(reason == "ams1/n1: SERVFAIL rose");
    nodes[0].bad.clear();
    nodes[0].revision = 99;
    CHECK(look(50) == Step::wait);  // all had settled: what came since has 60 s of its own
    CHECK(look(109) == Step::wait);
    CHECK(look(110) == Step::stop);
    CHECK(reason == "ams1/n1: no receipt in time");
    nodes.erase(nodes.begin());
    CHECK(look(111) == Step::stop);
    CHECK(reason == "ams1/n1: the node is gone");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a first wave without a node stops it; one that is behind on purpose is not waited for") {
    nodes[0].apart = true;
    CHECK(look(0) == Step::wait);
    CHECK(look(10) == Step::open);
    rollout.id = 5;
    nodes.erase(nodes.begin());
    CHECK(look(11) == Step::stop);
    CHECK(reason == "no node is in the first wave");
  }
}

}  // namespace
}  // namespace doors
