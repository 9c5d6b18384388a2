#include "server/health/keeper.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/health/keeper_world.h"

using doors::CheckKind;
using doors::DoordSaid;
using doors::DoordSilent;
using doors::DrainAsked;
using doors::Keeper;
using doors::KeeperActions;
using doors::KeeperEvent;
using doors::KeeperMemory;
using doors::Lane;
using doors::LeaseAction;
using doors::LeaseSet;
using doors::Probed;
using doors::ProbeReport;
using doors::Rcode;
using doors::SerialExpected;
using doors::Tick;
using doors::UndrainAsked;
using doors::Wanted;
using doors::WeightAsked;
using Outcome = doors::ProbeReport::Outcome;
using namespace doors::test;
using namespace std::chrono_literals;

TEST_SUITE("health: what doorkeeper decides") {
  TEST_CASE("each prefix opens and closes by its own service") {
    World world;
    CHECK(world.keeper.state() == "starting");
    CHECK(world.keeper.announcements()[0].wanted == Wanted::withdrawn);
    world.live(3);
    CHECK(world.keeper.state() == "up");
    CHECK(world.has(0, Lane::up));
    CHECK(world.has(1, Lane::up));
    for (int i = 0; i < 3; ++i) {
      world.clock.advance(250ms);
      world.feed(Probed{0, CheckKind::udp, alive()});
      world.feed(Probed{1, CheckKind::udp, silent()});
    }
    CHECK(world.keeper.state() == "partly");
    CHECK(world.has(0, Lane::up));
    CHECK(!world.has(1, Lane::up));
    CHECK(world.keeper.announcements()[0].wanted == Wanted::announced);
    CHECK(world.keeper.announcements()[1].wanted == Wanted::withdrawn);
    CHECK(world.why_has("2001:db8::/48 withdrawn"));
    CHECK(world.why_has("no answer within 200ms"));
  }

  TEST_CASE("probes over UDP renew; those over TCP and the one that must fail do not") {
    World world;
    world.live(3);
    const auto before = world.renewals;
    for (int i = 0; i < 5; ++i) {
      world.clock.advance(100ms);
      world.feed(Probed{0, CheckKind::tcp, alive()});
      world.feed(Probed{0, CheckKind::must_fail, alive(Rcode::nxdomain)});
      world.feed(Tick{});
    }
    CHECK(world.renewals == before);
    world.live(4);
    CHECK(world.renewals == before + 8);
  }

  TEST_CASE("any rcode is alive; a wrong one is a soft cause") {
    World world;
    for (int i = 0; i < 3; ++i) {
      world.clock.advance(250ms);
      world.feed(Probed{0, CheckKind::udp, alive(Rcode::servfail)});
    }
    CHECK(world.has(0, Lane::up));
    CHECK(world.why_has("answers SERVFAIL"));
    world.live(1);
    CHECK(!world.why_has("answers SERVFAIL"));
  }

  TEST_CASE("TCP that fails alone, latency and a wrong serial are told and withdraw nothing") {
    World world;
    world.live(3);
    world.feed(SerialExpected{8});
    for (int i = 0; i < 40; ++i) {
      world.live(1);
      ProbeReport slow = alive();
      slow.took = 120ms;
      world.feed(Probed{0, CheckKind::udp, slow});
      world.feed(Probed{0, CheckKind::tcp, silent()});
    }
    CHECK(world.keeper.state() == "up");
    CHECK(world.why_has("soft cause for 9."));
    CHECK(world.why_has("tcp 192.0.2.53:53: no answer"));
    CHECK(world.why_has("to answer, more than 50ms"));
    CHECK(world.why_has("serves serial 7, not 8"));
  }

  TEST_CASE("a serial on its way is no cause yet") {
    World world;
    world.live(3);
    world.feed(SerialExpected{8});
    world.live(4 * 4);
    CHECK(!world.why_has("serves serial"));
    world.feed(SerialExpected{9});
    world.live(4 * 4);
    CHECK(!world.why_has("serves serial"));
    world.live(4 * 2);
    CHECK(world.why_has("serves serial 7, not 9"));
  }

  TEST_CASE("the probe that must fail and passes is told as a fault") {
    World world;
    world.live(3);
    world.feed(Probed{0, CheckKind::must_fail, alive(Rcode::nxdomain)});
    CHECK(world.why_has("failed, as it must"));
    world.feed(Probed{0, CheckKind::must_fail, alive(Rcode::noerror)});
    CHECK(world.why_has("passed, though it must fail"));
    CHECK(world.why_has("the other checks prove nothing"));
    world.feed(Probed{0, CheckKind::must_fail, silent()});
    CHECK(!world.why_has("prove nothing"));
  }

  TEST_CASE("a stopped beat withdraws at once; no word about it leaves it to the probes") {
    World world;
    world.live(3);
    world.feed(DoordSaid{900ms, 0, 0});
    CHECK(world.has(0, Lane::up));
    world.feed(DoordSaid{1100ms, 0, 0});
    CHECK(world.kernel.empty());
    CHECK(world.why_has("beat stopped"));
    world.live(20);
    CHECK(world.kernel.empty());
    world.feed(DoordSilent{"connection refused"});
    world.live(3);
    CHECK(world.has(0, Lane::up));
    CHECK(world.why_has("soft cause for 750ms: doord's control socket: connection refused"));
  }

  TEST_CASE("probes lost in a flood close no door while doord answers others and us over TCP") {
    World world;
    world.live_with_rate(5000, 3);
    CHECK(world.keeper.state() == "up");
    const auto lose = [&](double rate, ProbeReport over_tcp) {
      for (int i = 0; i < 20; ++i) {
        world.clock.advance(250ms);
        world.queries += rate / 4;
        world.feed(DoordSaid{5ms, static_cast<std::uint64_t>(world.queries),
                             static_cast<std::uint64_t>(world.queries)});
        for (const std::size_t service : {0u, 1u}) {
          const auto actions = world.feed(Probed{service, CheckKind::udp, silent()});
          CHECK(actions.ask_tcp == std::vector<std::size_t>{service});
          world.feed(Probed{service, CheckKind::tcp, over_tcp});
        }
      }
    };
    SUBCASE("answered over TCP: open, each renewal by an answer") {
      const auto before = world.renewals;
      lose(5000, alive());
      CHECK(world.keeper.state() == "up");
      CHECK(world.renewals == before + 40);
      CHECK(world.why_has("lost while doord answers others"));
    }
    SUBCASE("silent over TCP too: closed") {
      lose(5000, silent());
      CHECK(world.kernel.empty());
    }
    SUBCASE("no others answered: closed") {
      lose(20, alive());
      CHECK(world.kernel.empty());
    }
  }

  TEST_CASE("a drain marks, waits for the rate to fall, lets go, and is remembered") {
    World world;
    world.live_with_rate(1000, 3);
    world.feed(DrainAsked{"new kernel", "ana"});
    CHECK(world.keeper.state() == "draining");
    CHECK(world.keeper.memory().drain->reason == "new kernel");
    world.live(1);
    CHECK(world.has(0, Lane::drain));
    CHECK(world.has(0, Lane::up));  // until the new one has certainly been seen
    world.live(1);
    CHECK(!world.has(0, Lane::up));
    world.live_with_rate(500, 3);
    CHECK(world.keeper.state() == "draining");
    CHECK(world.keeper.announcements()[0].wanted == Wanted::announced);
    world.live_with_rate(40, 4);  // under 5 % of 1000
    CHECK(world.keeper.state() == "drained");
    CHECK(world.kernel.empty());
    CHECK(world.keeper.announcements()[0].wanted == Wanted::withdrawn);
    CHECK(world.why_has("by ana: new kernel"));
    CHECK(world.why_has("the query rate fell"));
    world.live(20);
    CHECK(world.kernel.empty());

    SUBCASE("undrain wants new proof") {
      world.feed(UndrainAsked{"ana"});
      CHECK(world.keeper.state() == "starting");
      CHECK(!world.keeper.memory().drain);
      world.live(2);
      CHECK(world.kernel.empty());
      world.live(1);
      CHECK(world.has(0, Lane::up));
    }
    SUBCASE("another doorkeeper with its memory is drained from the start") {
      World next(two_prefixes(), world.keeper.memory());
      CHECK(next.keeper.state() == "drained");
      next.live(20);
      CHECK(next.kernel.empty());
      CHECK(next.why_has("by ana: new kernel"));
    }
  }

  TEST_CASE("a drain ends by max_wait when the rate stays, or is not known") {
    World world;
    world.live(3);
    world.feed(DrainAsked{"", "ana"});
    world.live(4 * 29);
    CHECK(world.has(0, Lane::drain));
    world.live(4 * 2);
    CHECK(world.keeper.state() == "drained");
    CHECK(world.why_has("max_wait was over"));
  }

  TEST_CASE("undrain while still draining moves the lease back without a gap") {
    World world;
    world.live(3);
    world.feed(DrainAsked{"", "ana"});
    world.live(2);
    CHECK(world.has(0, Lane::drain));
    world.feed(UndrainAsked{"ana"});
    CHECK(world.has(0, Lane::drain));
    world.live(1);
    CHECK(world.has(0, Lane::up));
    world.live(1);
    CHECK(!world.has(0, Lane::drain));
    CHECK(world.keeper.state() == "up");
  }

  TEST_CASE("health that falls while draining drops the lease and ends the wait") {
    World world;
    world.live(3);
    world.feed(DrainAsked{"", "ana"});
    world.live(2);
    for (int i = 0; i < 3; ++i) {
      world.clock.advance(250ms);
      for (const std::size_t service : {0u, 1u}) world.feed(Probed{service, CheckKind::udp, silent()});
    }
    CHECK(world.kernel.empty());
    CHECK(world.keeper.state() == "drained");
  }

  TEST_CASE("without a drain interface a drain lets go at once; without leases there is nothing to let go") {
    Keeper::Settings settings = two_prefixes();
    settings.has_drain_lane = false;
    World world(settings);
    world.live(3);
    world.feed(DrainAsked{"", "ana"});
    CHECK(world.kernel.empty());
    CHECK(world.keeper.state() == "drained");

    settings.has_leases = false;
    World health_only(settings);
    health_only.live(3);
    CHECK(health_only.kernel.empty());
    CHECK(health_only.keeper.state() == "up");
    health_only.live(100);
    CHECK(health_only.keeper.state() == "up");
  }

  TEST_CASE("a service that is only watched gets no lease and no announcement, but a verdict") {
    Keeper::Settings settings = two_prefixes();
    settings.prefixes[1].announced = false;
    World world(settings);
    world.live(10);
    CHECK(world.keeper.state() == "up");
    CHECK(world.kernel == std::vector<std::pair<std::size_t, Lane>>{{0, Lane::up}});
    CHECK(world.keeper.announcements().size() == 1);
    for (int i = 0; i < 3; ++i) {
      world.live(1);
      world.feed(Probed{1, CheckKind::udp, silent()});
      world.feed(Probed{1, CheckKind::udp, silent()});
      world.feed(Probed{1, CheckKind::udp, silent()});
    }
    CHECK(world.keeper.state() == "partly");
  }

  TEST_CASE("a frozen doorkeeper renews nothing, and afterwards only what is proven anew") {
    World world;
    world.live(3);
    world.clock.advance(1h);
    const auto before = world.renewals;
    world.feed(Probed{0, CheckKind::udp, alive()});
    CHECK(world.renewals == before);
    CHECK(world.kernel.empty());
    CHECK(world.keeper.state() == "down");
  }

  TEST_CASE("the history keeps the last 100 changes with who and why") {
    World world;
    for (int i = 0; i < 200; ++i) {
      world.feed(DrainAsked{"round " + std::to_string(i), "ana"});
      world.feed(UndrainAsked{"ben"});
    }
    const auto& changes = world.keeper.memory().changes;
    CHECK(changes.size() == 100);
    CHECK(changes.back().event == "drain ended");
    CHECK(changes.back().subject == "ben");
    CHECK(std::ranges::count(changes, "round 199", &doors::Change::reason) >= 1);
  }

  TEST_CASE("health that flaps for ten minutes moves an announcement a bounded number of times") {
    World world;
    int announced = 0;
    bool was = false;
    for (int i = 0; i < 4 * 600; ++i) {
      world.clock.advance(250ms);
      world.feed(Probed{0, CheckKind::udp, (i / 4) % 2 == 0 ? alive() : silent()});  // a second each
      if (world.has(0, Lane::up) != was) {
        was = !was;
        ++announced;
      }
    }
    MESSAGE("announcement changes in 10 minutes of flapping: ", announced);
    CHECK(announced <= 20);
  }

  TEST_CASE(
      "zones asked for by turns have causes of their own, which close nothing and go with a good answer") {
    Keeper::Settings settings = two_prefixes();
    settings.zones = {"a.example.", "b.example."};
    World world(settings);
    world.live(3);
    const auto ask = [&](std::size_t zone, const ProbeReport& report) {
      world.feed(Probed{0, CheckKind::zone, report, zone});
    };
    ask(1, alive(Rcode::refused));
    CHECK(world.why_has("zone a.example. at 192.0.2.53:53 answers REFUSED"));
    ask(2, alive(Rcode::noerror, 7));
    world.feed(SerialExpected{8, 2});
    ask(2, alive(Rcode::noerror, 7));
    CHECK(!world.why_has("b.example. at"));  // it may be on its way
    world.live(24);
    ask(2, alive(Rcode::noerror, 7));
    CHECK(world.why_has("zone b.example. at 192.0.2.53:53 serves serial 7, not 8"));
    ask(2, alive(Rcode::noerror, 9));
    CHECK(!world.why_has("zone b.example. at"));  // newer than what doorsync said when it was asked last
    ask(2, alive(Rcode::noerror, 7));
    CHECK(world.why_has("serves serial 7, not 8"));
    CHECK(world.why_has("zones asked by turns: 2, serials to expect known of 1"));
    CHECK(!world.why_has("udp 192.0.2.53:53 serves"));
    ask(1, silent());
    CHECK(world.why_has("zone a.example."));  // no answer says nothing of the zone
    CHECK(world.keeper.state() == "up");
    ask(1, alive());
    ask(2, alive(Rcode::noerror, 8));
    CHECK(!world.why_has("soft cause for"));
  }
}
