#include "server/health/health_state.h"

#include <string_view>

#include <doctest/doctest.h>

#include "server/health/hold_down.h"
#include "server/health/rate_meter.h"
#include "zones/base/clock.h"

using doors::HealthState;
using doors::HoldDown;
using doors::RateMeter;
using doors::Verdict;
using namespace std::chrono_literals;

TEST_SUITE("health: rise and fall") {
  TEST_CASE("a new state is down and needs `rise` good probes in a row") {
    HealthState state({3, 2});
    CHECK(state.verdict() == Verdict::down);
    CHECK(!state.count(true));
    CHECK(!state.count(true));
    CHECK(!state.count(false));  // begins anew
    CHECK(!state.count(true));
    CHECK(!state.count(true));
    CHECK(state.count(true) == Verdict::up);
    CHECK(!state.count(true));
  }

  TEST_CASE("up falls after `fall` bad probes in a row, and not by as many with a good one between") {
    HealthState state({1, 3});
    CHECK(state.count(true) == Verdict::up);
    for (int i = 0; i < 10; ++i) {
      CHECK(!state.count(false));
      CHECK(!state.count(false));
      CHECK(state.against() == 2);
      CHECK(!state.count(true));
    }
    CHECK(!state.count(false));
    CHECK(!state.count(false));
    CHECK(state.count(false) == Verdict::down);
    CHECK(state.against() == 0);
  }
}

TEST_SUITE("health: hold-down") {
  constexpr HoldDown::Settings settings{2s, 60s, 120s};

  TEST_CASE("it doubles with each fall, up to its bound") {
    HoldDown hold_down(settings);
    doors::Monotonic now{1h};
    CHECK(hold_down.left(now) == 0ms);
    for (const auto length : {2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
      hold_down.fell(now);
      CHECK(hold_down.left(now) == length);
      CHECK(hold_down.left(now + length - 1ms) == 1ms);
      CHECK(hold_down.left(now + length) == 0ms);
      now += length;
    }
    for (int i = 0; i < 100; ++i) {
      hold_down.fell(now);
      CHECK(hold_down.left(now) == 60s);
    }
  }

  TEST_CASE("each quiet time takes one doubling back") {
    HoldDown hold_down(settings);
    doors::Monotonic now{1h};
    for (int i = 0; i < 3; ++i) hold_down.fell(now);  // the next would be 16 s
    now += 8s;
    CHECK(hold_down.level(now + 119s) == 3);
    CHECK(hold_down.level(now + 120s) == 2);
    CHECK(hold_down.level(now + 240s) == 1);
    hold_down.fell(now + 250s);
    CHECK(hold_down.left(now + 250s) == 4s);
    CHECK(hold_down.level(now + 24h) == 0);
  }

  TEST_CASE("health that swings without end moves the door a bounded number of times") {
    HoldDown hold_down({2s, 300s, 120s});
    doors::Monotonic now{1h};
    int changes = 0;
    for (const auto end = now + 10min; now < end; now += 1s) {
      if (hold_down.left(now).count() > 0) continue;
      hold_down.fell(now);  // opens and falls again within the second
      changes += 2;
    }
    CHECK(changes <= 2 * 9);
  }

  TEST_CASE("no first hold-down is none at all, and huge settings do not overflow") {
    HoldDown none({0ms, 300s, 120s});
    HoldDown huge({std::chrono::hours(24), std::chrono::hours(24), 1s});
    for (int i = 0; i < 200; ++i) {
      none.fell(doors::Monotonic{1h});
      huge.fell(doors::Monotonic{1h});
    }
    CHECK(none.left(doors::Monotonic{1h}) == 0ms);
    CHECK(huge.left(doors::Monotonic{1h}) == 24h);
  }
}

TEST_SUITE("health: rates") {
  TEST_CASE("a rate is others' queries over at least the window") {
    RateMeter meter(1s);
    const doors::Monotonic start{1h};
    CHECK(!meter.read(start, 1000, 10));
    CHECK(!meter.read(start + 500ms, 1100, 12));
    CHECK(meter.read(start + 2s, 1204, 14) == doctest::Approx(100.0));
    CHECK(meter.rate() == doctest::Approx(100.0));
    CHECK(meter.read(start + 3s, 1206, 19) == doctest::Approx(0.0));  // ours alone, some not counted yet
  }

  TEST_CASE("a counter that went back begins anew") {
    RateMeter meter(1s);
    const doors::Monotonic start{1h};
    CHECK(!meter.read(start, 1'000'000, 0));
    CHECK(!meter.read(start + 2s, 5, 0));
    CHECK(meter.read(start + 3s, 15, 0) == doctest::Approx(10.0));
  }
}
