#include "zones/base/clock.h"

#include <doctest/doctest.h>

namespace doors {

using namespace std::chrono_literals;

TEST_SUITE("base: clocks") {
  TEST_CASE("the manual clock moves only when told") {
    ManualClock clock;
    const Monotonic start = clock.monotonic();
    const WallTime wall = clock.wall();
    CHECK(clock.monotonic() == start);
    clock.advance(250ms);
    CHECK(clock.monotonic() - start == 250ms);
    CHECK(clock.wall() - wall == 250ms);
    clock.jump_to(wall - 1h);
    CHECK(clock.monotonic() - start == 250ms);
    CHECK(clock.wall() == wall - 1h);
  }

  TEST_CASE("the real clocks run") {
    const RealClock clock;
    const Monotonic before = clock.monotonic();
    CHECK(clock.monotonic() >= before);
    CHECK(clock.wall().time_since_epoch() > 0s);
  }
}

}  // namespace doors
