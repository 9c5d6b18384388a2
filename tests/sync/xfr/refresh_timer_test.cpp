#include "sync/xfr/refresh_timer.h"

#include <doctest/doctest.h>

namespace doors::xfr {
namespace {

using std::chrono::seconds;

TEST_SUITE("xfr: the timers of a secondary (RFC 1035)") {
  const Monotonic start{seconds(1000)};
  const SoaFields soa{.serial = 1, .refresh = 100, .retry = 10, .expire = 500, .minimum = 1};

  TEST_CASE("it is due at once, then after REFRESH, a tenth of it left out at most") {
    RefreshTimer timer(1, start, {});
    CHECK(timer.due() == start);
    timer.confirm(start, soa, 0);
    CHECK(timer.due() == start + seconds(100));
    timer.confirm(start + seconds(50), soa, 1);
    CHECK(timer.due() == start + seconds(140));
  }

  TEST_CASE("after a failure the next primary is asked at once, after the last one RETRY counts, doubling") {
    RefreshTimer timer(2, start, {});
    timer.confirm(start, soa, 0);
    Monotonic now = start + seconds(100);
    for (const int pause : {10, 20, 40, 80, 100, 100}) {
      timer.fail(now);
      CHECK(timer.primary() == 1);
      CHECK(timer.due() == now);
      timer.fail(now);
      CHECK(timer.primary() == 0);
      CHECK(timer.due() == now + seconds(pause));
      now = timer.due();
    }
    timer.fail(now);
    timer.confirm(now, soa, 0);
    CHECK(timer.primary() == 1);  // who answers is asked again
    timer.fail(now);
    CHECK(timer.due() == now);
    timer.fail(now);
    CHECK(timer.due() == now + seconds(10));
  }

  TEST_CASE("a zone that never came is tried after 1 s, 2 s, up to 5 min") {
    RefreshTimer timer(1, start, {});
    for (const int pause : {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
      timer.fail(start);
      CHECK(timer.due() == start + seconds(pause));
    }
  }

  TEST_CASE("a SOA can ask neither for haste without end nor for never") {
    RefreshTimer timer(1, start, {});
    timer.confirm(start, {.refresh = 0, .retry = 0, .expire = 0}, 0);
    CHECK(timer.due() == start + seconds(1));
    timer.confirm(start, {.refresh = 4'000'000'000u, .retry = 4'000'000'000u}, 0);
    CHECK(timer.due() == start + std::chrono::hours(28 * 24));
    timer.fail(start);
    CHECK(timer.due() == start + std::chrono::hours(14 * 24));
    RefreshTimer bounded(1, start, {seconds(30), seconds(60), seconds(5), seconds(7)});
    bounded.confirm(start, soa, 0);
    CHECK(bounded.due() == start + seconds(60));
    bounded.fail(start);
    CHECK(bounded.due() == start + seconds(7));
    bounded.confirm(start, {.refresh = 1, .retry = 1}, 0);
    CHECK(bounded.due() == start + seconds(30));
    bounded.fail(start);
    CHECK(bounded.due() == start + seconds(5));
  }

  TEST_CASE("who hears of a change asks at once") {
    RefreshTimer timer(1, start, {});
    timer.confirm(start, soa, 0);
    timer.hurry(start + seconds(5));
    CHECK(timer.due() == start + seconds(5));
    timer.hurry(start + seconds(9));
    CHECK(timer.due() == start + seconds(5));
  }
}

}  // namespace
}  // namespace doors::xfr
