#include "server/transport/udp_listener.h"

#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "tests/server/transport/local_dns.h"

using namespace doors;
using namespace doors::test;

namespace {

struct World {
  World() {
    auto state = std::make_unique<WorkerState>(readings, first, clock,
                                               [](const std::function<void()>& work) { work(); });
    listener = std::make_unique<UdpListener>(*Endpoint::parse("192.0.2.53:53"), std::move(socket.fd),
                                             readings, std::move(state), loop);
    REQUIRE(listener->start("udp-0"));
  }
  /// Wakes the thread, as the worker does, until this is so.
  template <class Condition>
  void wait_until(Condition&& condition) {
    for (int i = 0; i < patience_ms && !condition(); ++i) {
      listener->kick();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    REQUIRE(condition());
  }
  void take() {
    wait_until([&] { return listener->has_taken(); });
  }

  RealClock clock;
  Readings readings;
  EventLoop loop;
  Socket socket;
  std::shared_ptr<const Snapshot> first = with_address("192.0.2.1");
  std::unique_ptr<UdpListener> listener;
};

}  // namespace

TEST_SUITE("transport: UDP listener") {
  TEST_CASE("what comes is answered from the snapshot of the moment, and counted") {
    World world;
    Socket client;
    CHECK(answered(client, world.socket) == "192.0.2.1");
    CHECK(world.listener->take_back() == nullptr);
    const auto next = with_address("192.0.2.2");
    CHECK(world.listener->publish(next) == nullptr);
    world.take();
    CHECK(world.loop.round(0));  // its owner gets a turn
    CHECK(answered(client, world.socket) == "192.0.2.2");
    world.wait_until([&] { return world.readings.counters.read()[Counter::udp_responses] == 2; });

    CHECK(world.listener->take_back() == world.first);
    CHECK(world.listener->take_back() == nullptr);
    world.listener->publish(world.first);
    world.take();
    CHECK(world.listener->publish(world.first) == next);  // what nobody had taken back
  }
  TEST_CASE("a thread that waits for a query turns and beats when it is woken") {
    World world;
    for (int i = 0; i < 100; ++i) {
      const Monotonic before = world.clock.monotonic();
      world.wait_until([&] { return world.readings.beaten() >= before; });
    }
  }
  TEST_CASE("it ends while it waits, gives up its socket, and beats no more") {
    World world;
    Socket client;
    world.listener->retire();
    world.wait_until([&] { return world.listener->has_ended(); });
    CHECK(world.readings.beaten() == Monotonic::max());
    CHECK_FALSE(ask_for_address(client, world.socket));
    world.listener->kick();  // does no harm
  }
  TEST_CASE("the destructor ends it, too") {
    World world;
    world.listener.reset();
    CHECK(world.readings.beaten() == Monotonic::max());
  }
}
