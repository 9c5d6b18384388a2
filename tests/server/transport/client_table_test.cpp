#include "server/transport/client_table.h"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

using namespace doors;
using namespace std::chrono_literals;

namespace {

ClientTable::Bounds bounds(std::size_t clients, std::size_t share) {
  return {.clients = clients, .share = share, .idle = 10s, .idle_under_pressure = 200ms};
}

SourceKey source(const char* text) { return source_key(*Endpoint::parse(text)); }

std::vector<ClientTable::Id> expired(const ClientTable& table, Monotonic now) {
  std::vector<ClientTable::Expired> found;
  table.collect_expired(now, found);
  std::vector<ClientTable::Id> ids;
  for (const auto& one : found) ids.push_back(one.id);
  return ids;
}

}  // namespace

TEST_SUITE("transport: client table (RFC 7766 §6.2, RFC 9210 §4)") {
  TEST_CASE("a source is an IPv4 address or an IPv6 /64") {
    CHECK(source("192.0.2.1:1") == source("192.0.2.1:2"));
    CHECK(source("192.0.2.1:1") != source("192.0.2.2:1"));
    CHECK(source("[2001:db8::1]:1") == source("[2001:db8::ffff:2]:9"));
    CHECK(source("[2001:db8::1]:1") != source("[2001:db8:0:1::1]:1"));
    CHECK(source("0.0.0.0:1") != source("[::]:1"));
  }

  TEST_CASE("when all places are taken, the one without progress for longest goes for the newcomer") {
    ManualClock clock;
    ClientTable table(bounds(3, 3));
    std::vector<ClientTable::Id> ids;
    for (const SourceKey key : {1, 2, 3}) {
      const auto admitted = table.admit(key, clock.monotonic());
      CHECK_FALSE(admitted.evicted);
      ids.push_back(admitted.id);
      clock.advance(10ms);
    }
    table.progress(ids[0], clock.monotonic());
    const auto fourth = table.admit(4, clock.monotonic());
    REQUIRE(fourth.evicted);
    CHECK(*fourth.evicted == ids[1]);
    CHECK_FALSE(fourth.by_share);
    CHECK(table.size() == 3);
    CHECK(table.oldest() == ids[2]);
  }

  TEST_CASE("a source over its share gives up its own oldest, and nobody else's") {
    ManualClock clock;
    ClientTable table(bounds(10, 2));
    const auto other = table.admit(9, clock.monotonic());
    const auto first = table.admit(1, clock.monotonic());
    const auto second = table.admit(1, clock.monotonic());
    table.progress(first.id, clock.monotonic());
    const auto third = table.admit(1, clock.monotonic());
    REQUIRE(third.evicted);
    CHECK(third.by_share);
    CHECK(*third.evicted == second.id);
    CHECK(table.size() == 3);
    CHECK(table.oldest() == other.id);
  }

  TEST_CASE("idle time runs out, and shortens as places do") {
    ManualClock clock;
    ClientTable table(bounds(100, 100));
    const auto first = table.admit(1, clock.monotonic());
    CHECK(table.idle_time() == 10s);
    clock.advance(9999ms);
    CHECK(expired(table, clock.monotonic()).empty());
    clock.advance(1ms);
    CHECK(expired(table, clock.monotonic()) == std::vector{first.id});
    auto before = table.idle_time();
    for (SourceKey key = 2; key <= 100; ++key) {
      static_cast<void>(table.admit(key, clock.monotonic()));
      CHECK(table.idle_time() <= before);
      before = table.idle_time();
    }
    CHECK(table.idle_time() == 200ms);
    clock.advance(200ms);
    CHECK(expired(table, clock.monotonic()).size() == 100);
  }

  TEST_CASE("under another pressure everybody may idle only shortly") {
    ManualClock clock;
    ClientTable table(bounds(100, 100));
    const auto first = table.admit(1, clock.monotonic());
    clock.advance(199ms);
    table.set_pressed(true);
    CHECK(expired(table, clock.monotonic()).empty());
    CHECK_FALSE(table.oldest(clock.monotonic(), 200ms));
    clock.advance(1ms);
    CHECK(expired(table, clock.monotonic()) == std::vector{first.id});
    CHECK(table.oldest(clock.monotonic(), 200ms) == first.id);
    table.set_pressed(false);
    CHECK(expired(table, clock.monotonic()).empty());
  }

  TEST_CASE("a deadline is absolute: progress of others and time do not move it") {
    ManualClock clock;
    ClientTable table(bounds(10, 10));
    const auto a = table.admit(1, clock.monotonic());
    const auto b = table.admit(2, clock.monotonic());
    table.set_deadline(b.id, clock.monotonic() + 2s);
    clock.advance(1999ms);
    table.progress(a.id, clock.monotonic());
    CHECK(expired(table, clock.monotonic()).empty());
    clock.advance(1ms);
    CHECK(expired(table, clock.monotonic()) == std::vector{b.id});
    table.set_deadline(b.id, std::nullopt);
    CHECK(expired(table, clock.monotonic()).empty());
  }

  TEST_CASE("who is busy until a deadline may be idle till then, whatever is short") {
    ManualClock clock;
    ClientTable table(bounds(100, 100));
    const auto busy = table.admit(1, clock.monotonic());
    table.set_deadline(busy.id, clock.monotonic() + 5s, true);
    table.set_pressed(true);
    clock.advance(4999ms);
    CHECK(expired(table, clock.monotonic()).empty());
    clock.advance(1ms);
    CHECK(expired(table, clock.monotonic()) == std::vector{busy.id});
    table.set_deadline(busy.id, clock.monotonic() + 5s);
    CHECK(expired(table, clock.monotonic()) == std::vector{busy.id});
  }

  TEST_CASE("places are used again, and the lists hold together through many changes") {
    ManualClock clock;
    ClientTable table(bounds(16, 5));
    std::vector<ClientTable::Id> open;
    std::uint32_t random = 1;
    for (int step = 0; step < 20'000; ++step) {
      random = random * 1664525 + 1013904223;
      clock.advance(1ms);
      const std::uint32_t what = (random >> 24) % 4;
      if (what < 2) {
        const auto admitted = table.admit((random >> 16) % 6, clock.monotonic());
        if (admitted.evicted) std::erase(open, *admitted.evicted);
        CHECK(std::find(open.begin(), open.end(), admitted.id) == open.end());
        open.push_back(admitted.id);
      } else if (!open.empty()) {
        const ClientTable::Id id = open[(random >> 8) % open.size()];
        if (what == 2) {
          table.progress(id, clock.monotonic());
          std::erase(open, id);
          open.push_back(id);
        } else {
          table.release(id);
          std::erase(open, id);
        }
      }
      REQUIRE(table.size() == open.size());
      REQUIRE(table.oldest() == (open.empty() ? std::nullopt : std::optional(open.front())));
    }
    // Everybody expires, in the order of their progress.
    clock.advance(1h);
    CHECK(expired(table, clock.monotonic()) == open);
  }

  TEST_CASE("more places can be had while clients are connected") {
    ManualClock clock;
    ClientTable table(bounds(1, 1));
    static_cast<void>(table.admit(1, clock.monotonic()));
    table.rebound(bounds(2, 2));
    CHECK_FALSE(table.admit(2, clock.monotonic()).evicted);
    CHECK(table.admit(3, clock.monotonic()).evicted);
    table.rebound(bounds(1, 1));
    CHECK(table.capacity() == 2);
    CHECK(table.admit(4, clock.monotonic()).evicted);
  }
}
