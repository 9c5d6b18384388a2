#include "server/transport/event_loop.h"

#include <functional>
#include <new>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace doors;

namespace {

struct Ends {
  Ends() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0); }
  ~Ends() {
    ::close(fds[0]);
    ::close(fds[1]);
  }
  void write() const { REQUIRE(::write(fds[1], "x", 1) == 1); }
  int fds[2];
};

struct Told final : EventLoop::Watcher {
  void on_ready() override { ++times; }
  int times = 0;
};

}  // namespace

TEST_SUITE("transport: event loop") {
  TEST_CASE("a watcher is told as long as its socket is ready, of what it waits for") {
    EventLoop loop;
    Ends ends;
    Told told;
    REQUIRE(loop.watch(ends.fds[0], told, EventLoop::Until::readable));
    loop.round(0);
    CHECK(told.times == 0);
    ends.write();
    loop.round(0);
    loop.round(0);
    CHECK(told.times == 2);
    REQUIRE(loop.watch(ends.fds[0], told, EventLoop::Until::told_otherwise, true));
    loop.round(0);
    CHECK(told.times == 2);
    REQUIRE(loop.watch(ends.fds[0], told, EventLoop::Until::writable, true));
    loop.round(0);
    CHECK(told.times == 3);
  }
  TEST_CASE("who wants it is told once more, a round later, ready or not") {
    EventLoop loop;
    Told told;
    loop.tell_soon(told);
    CHECK(told.times == 0);
    loop.round(60'000);  // does not wait
    CHECK(told.times == 1);
    loop.round(0);
    CHECK(told.times == 1);
  }
  TEST_CASE("posts are done in their order, and what they post after them") {
    EventLoop loop;
    std::vector<int> done;
    loop.post([&] {
      done.push_back(1);
      loop.post([&] { done.push_back(3); });
    });
    loop.post([&] { done.push_back(2); });
    CHECK(loop.round(0));
    CHECK(done == std::vector<int>{1, 2, 3});
    loop.round(0);
    CHECK(done.size() == 3);
  }
  TEST_CASE("it runs until stopped from another thread; no memory costs the post at hand only") {
    RealClock clock;
    EventLoop loop;
    int turns = 0;
    int out_of_memory = 0;
    bool done = false;
    loop.post([] { throw std::bad_alloc(); });
    loop.post([&] {
      done = true;
      std::thread([&] { loop.stop(); }).join();
    });
    loop.run(
        clock,
        [&](Monotonic now) {
          ++turns;
          return now + std::chrono::hours(1);
        },
        [&] { ++out_of_memory; });
    CHECK(done);
    CHECK(out_of_memory == 1);
    CHECK(turns >= 1);
  }
  TEST_CASE("its owner turns when the time comes that it gave") {
    RealClock clock;
    EventLoop loop;
    int turns = 0;
    loop.run(
        clock,
        [&](Monotonic now) {
          if (++turns == 3) loop.stop();
          return now + std::chrono::milliseconds(1);
        },
        [] {});
    CHECK(turns == 3);
  }
}
