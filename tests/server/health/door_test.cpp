#include "server/health/door.h"

#include <string>

#include <doctest/doctest.h>

using doors::Door;
using doors::Lane;
using doors::Monotonic;
using Act = doors::Door::Act;
using Phase = doors::Door::Phase;
using namespace std::chrono_literals;

namespace {

constexpr Door::Settings settings{{3, 3}, 3000ms, {2000ms, 300'000ms, 120'000ms}};

/// A door of one service that is asked every 250 ms and whose shell does what it says.
struct Watched {
  explicit Watched(bool inherited = false) : door(settings, 1, now, inherited) {}

  Act probe(bool alive) {
    now += 250ms;
    const Act act = door.probed(now, 0, alive, alive ? "" : "no answer");
    if (act == Act::renew) door.renewed(now, Lane::up);
    if (act == Act::drop) door.dropped();
    return act;
  }
  /// Opens a new door: two probes do nothing, the third renews.
  void open() {
    CHECK(probe(true) == Act::nothing);
    CHECK(probe(true) == Act::nothing);
    CHECK(probe(true) == Act::renew);
    CHECK(door.phase() == Phase::open);
  }

  Monotonic now{1h};
  Door door;
};

}  // namespace

TEST_SUITE("health: the door of a prefix") {
  TEST_CASE("it is closed until proven") {
    Watched watched;
    CHECK(watched.door.phase() == Phase::starting);
    CHECK(watched.probe(false) == Act::nothing);
    CHECK(watched.door.phase() == Phase::closed);
    watched.open();
    CHECK(watched.door.cause().empty());
  }

  TEST_CASE("each renewal has a probe of its own, and time alone renews nothing") {
    Watched watched;
    watched.open();
    int probes = 0;
    int renewals = 0;
    for (int i = 0; i < 1000; ++i) {
      if (i % 3 == 0) {
        ++probes;
        renewals += watched.probe(true) == Act::renew ? 1 : 0;
      } else {
        watched.now += 10ms;
        CHECK(watched.door.tick(watched.now) == Act::nothing);
      }
    }
    CHECK(renewals == probes);
  }

  TEST_CASE("a failed probe renews nothing; the third in a row drops the lease at once") {
    Watched watched;
    watched.open();
    CHECK(watched.probe(false) == Act::nothing);
    CHECK(watched.probe(false) == Act::nothing);
    CHECK(watched.door.phase() == Phase::open);
    CHECK(watched.probe(false) == Act::drop);
    CHECK(watched.door.phase() == Phase::closed);
    CHECK(watched.door.cause() == "no answer");
    CHECK(watched.door.held_on(watched.now) == Lane::none);
    CHECK(watched.probe(false) == Act::nothing);
  }

  TEST_CASE("after a fall it is held down, then opens with the next proof") {
    Watched watched;
    watched.open();
    for (int i = 0; i < 3; ++i) watched.probe(false);
    const Monotonic fell = watched.now;
    int renewals = 0;
    while (watched.now < fell + 2s - 250ms) renewals += watched.probe(true) == Act::renew ? 1 : 0;
    CHECK(renewals == 0);
    CHECK(watched.door.phase() == Phase::held);
    CHECK(watched.probe(true) == Act::renew);
    CHECK(watched.now == fell + 2s);
    for (int i = 0; i < 3; ++i) watched.probe(false);
    CHECK(watched.door.hold_down_left(watched.now) == 4s);
    CHECK(watched.door.falls_remembered(watched.now) == 2);
  }

  TEST_CASE("health that goes while held down closes without a new fall") {
    Watched watched;
    watched.open();
    for (int i = 0; i < 3; ++i) watched.probe(false);
    for (int i = 0; i < 3; ++i) watched.probe(true);
    CHECK(watched.door.phase() == Phase::held);
    for (int i = 0; i < 3; ++i) CHECK(watched.probe(false) == Act::nothing);
    CHECK(watched.door.phase() == Phase::closed);
    CHECK(watched.door.falls_remembered(watched.now) == 1);
  }

  TEST_CASE("a doorkeeper that was frozen longer than the lease does not go on where it was") {
    Watched watched;
    watched.open();
    watched.now += 10s;
    SUBCASE("a probe that comes first does not renew") { CHECK(watched.probe(true) == Act::drop); }
    SUBCASE("nor does a hard cause or the time count for less") {
      CHECK(watched.door.tick(watched.now) == Act::drop);
      watched.door.dropped();
    }
    CHECK(watched.door.phase() == Phase::closed);
    CHECK(watched.probe(true) == Act::nothing);
    CHECK(watched.probe(true) == Act::nothing);
    CHECK(watched.probe(true) == Act::nothing);
    CHECK(watched.door.phase() == Phase::held);
  }

  TEST_CASE("a hard cause drops at once, and probes count for nothing until it has gone") {
    Watched watched;
    watched.open();
    CHECK(watched.door.set_hard_cause(watched.now, "beat stopped") == Act::drop);
    watched.door.dropped();
    CHECK(watched.door.set_hard_cause(watched.now, "beat stopped still") == Act::nothing);
    CHECK(watched.door.cause() == "beat stopped still");
    for (int i = 0; i < 40; ++i) CHECK(watched.probe(true) == Act::nothing);
    CHECK(watched.door.set_hard_cause(watched.now, std::nullopt) == Act::nothing);
    CHECK(watched.probe(true) == Act::nothing);
    CHECK(watched.probe(true) == Act::nothing);
    CHECK(watched.probe(true) == Act::renew);  // the hold-down is over by now
  }

  TEST_CASE("an inherited lease runs on until the first failed probe and is not renewed before proof") {
    SUBCASE("proof: no flap") {
      Watched watched(true);
      CHECK(watched.door.has_inherited_lease());
      watched.open();
      CHECK(!watched.door.has_inherited_lease());
    }
    SUBCASE("the first probe fails: dropped") {
      Watched watched(true);
      CHECK(watched.probe(false) == Act::drop);
      CHECK(watched.door.phase() == Phase::closed);
      CHECK(watched.door.falls_remembered(watched.now) == 0);
    }
    SUBCASE("a later probe fails before proof: dropped") {
      Watched watched(true);
      CHECK(watched.probe(true) == Act::nothing);
      CHECK(watched.probe(false) == Act::drop);
    }
    SUBCASE("nothing happens: it has run out") {
      Watched watched(true);
      CHECK(watched.door.tick(watched.now + 3s) == Act::nothing);
      CHECK(!watched.door.has_inherited_lease());
    }
  }

  TEST_CASE("a prefix of two services opens when both are proven, and each renewal needs both") {
    Monotonic now{1h};
    Door door(settings, 2, now, false);
    for (int i = 0; i < 10; ++i) CHECK(door.probed(now += 100ms, 0, true, "") == Act::nothing);
    CHECK(door.probed(now += 100ms, 1, true, "") == Act::nothing);
    CHECK(door.probed(now += 100ms, 1, true, "") == Act::nothing);
    CHECK(door.probed(now += 100ms, 1, true, "") == Act::renew);
    door.renewed(now, Lane::up);
    CHECK(door.probed(now += 100ms, 1, true, "") == Act::nothing);
    CHECK(door.probed(now += 100ms, 1, true, "") == Act::nothing);
    CHECK(door.probed(now += 100ms, 0, true, "") == Act::renew);
    door.renewed(now, Lane::up);
    CHECK(door.probed(now += 100ms, 0, true, "") == Act::nothing);
    CHECK(door.probed(now += 100ms, 0, false, "lost") == Act::nothing);  // takes its proof back
    CHECK(door.probed(now += 100ms, 1, true, "") == Act::nothing);
    CHECK(door.probed(now += 100ms, 0, false, "lost") == Act::nothing);
    CHECK(door.probed(now += 100ms, 0, false, "lost") == Act::drop);
  }

  TEST_CASE("a lease that the kernel refuses is told and is no fall of health") {
    Watched watched;
    watched.open();
    for (int i = 0; i < 20; ++i) {
      CHECK(watched.door.probed(watched.now += 250ms, 0, true, "") == Act::renew);
      watched.door.renewal_failed("no such interface");
    }
    CHECK(watched.door.phase() == Phase::open);
    CHECK(watched.door.held_on(watched.now) == Lane::none);
    CHECK(watched.door.lease_error() == "no such interface");
    CHECK(watched.probe(true) == Act::renew);
    CHECK(watched.door.lease_error().empty());
    CHECK(watched.door.held_on(watched.now) == Lane::up);
    CHECK(watched.door.lease_left(watched.now) == 3s);
  }

  TEST_CASE("starting over forgets the hold-down and wants new proof") {
    Watched watched;
    watched.open();
    for (int i = 0; i < 3; ++i) watched.probe(false);
    CHECK(watched.door.start_over(watched.now) == Act::drop);
    CHECK(watched.door.phase() == Phase::starting);
    CHECK(watched.door.hold_down_left(watched.now) == 0ms);
    watched.open();
  }
}
