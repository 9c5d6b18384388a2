#include "server/transport/worker.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <new>
#include <thread>

#include <doctest/doctest.h>

#include "tests/server/transport/local_dns.h"

using namespace doors;
using namespace doors::test;

namespace {

/// Stops whoever asks it for the calendar, as one that answers does, while it is held.
class HeldClock final : public Clock {
 public:
  [[nodiscard]] Monotonic monotonic() const noexcept override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallTime wall() const noexcept override {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    return std::chrono::system_clock::now();
  }
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    asked_ = 0;
    changed_.notify_all();
  }
  /// Until somebody is stopped.
  [[nodiscard]] bool stops_one() const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(patience_ms), [this] { return asked_ > 0; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int asked_ = 0;
  bool held_ = false;
};

/// A worker, and the control thread it reports to, which is the test's.
struct World {
  World()
      : worker(
            0, first, {}, [this](std::function<void()> work) { post(std::move(work)); },
            [](const std::function<void()>& work) { work(); }, clock) {}
  ~World() { clock.hold(false); }  // before the worker waits for its threads
  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex);
    if (posts_without_memory > 0) {
      --posts_without_memory;
      throw std::bad_alloc();
    }
    posted.push_back(std::move(work));
  }
  /// Does what is posted, until this is so.
  template <class Condition>
  bool comes_true(Condition&& condition, int within_ms = patience_ms) {
    for (int i = 0; i < within_ms; ++i) {
      std::deque<std::function<void()>> mine;
      {
        const std::lock_guard lock(mutex);
        mine.swap(posted);
      }
      for (const auto& work : mine) work();
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  void listen(Socket& socket, const char* endpoint) {
    worker.listen(Protocol::udp, *Endpoint::parse(endpoint), std::move(socket.fd));
  }
  void publish(const std::shared_ptr<const Snapshot>& snapshot) {
    worker.publish(snapshot, [this](std::shared_ptr<const Snapshot> old) { given_back.push_back(old); });
  }

  HeldClock clock;
  std::mutex mutex;
  int posts_without_memory = 0;
  std::deque<std::function<void()>> posted;
  std::vector<std::shared_ptr<const Snapshot>> given_back;
  std::shared_ptr<const Snapshot> first = with_address("192.0.2.1");
  Worker worker;
};

}  // namespace

TEST_SUITE("transport: worker") {
  TEST_CASE("once a snapshot is said to be taken, every socket answers from it") {
    World world;
    Socket one, two, client;
    world.listen(one, "192.0.2.53:53");
    world.worker.start();
    world.listen(two, "192.0.2.54:53");
    CHECK(answered(client, one) == "192.0.2.1");
    CHECK(answered(client, two) == "192.0.2.1");
    const auto second = with_address("192.0.2.2");
    const auto third = with_address("192.0.2.3");
    world.publish(second);
    REQUIRE(world.comes_true([&] { return world.given_back.size() == 1; }));
    CHECK(world.given_back[0] == world.first);
    CHECK(answered(client, one) == "192.0.2.2");
    CHECK(answered(client, two) == "192.0.2.2");

    world.publish(third);  // several at once are told of one after the other
    world.publish(world.first);
    REQUIRE(world.comes_true([&] { return world.given_back.size() == 3; }));
    CHECK(world.given_back[1] == second);
    CHECK(world.given_back[2] == third);
    CHECK(answered(client, two) == "192.0.2.1");
    world.given_back.clear();
    CHECK(world.comes_true([&] { return second.use_count() == 1 && third.use_count() == 1; }));
    CHECK(world.comes_true([&] { return world.worker.counters()[Counter::udp_responses] == 5; }));
  }

  TEST_CASE("a snapshot that is taken while there is no memory to say so is told of later") {
    World world;
    Socket socket;
    world.listen(socket, "192.0.2.53:53");
    world.worker.start();
    {
      const std::lock_guard lock(world.mutex);
      world.posts_without_memory = 3;
    }
    world.publish(with_address("192.0.2.2"));
    REQUIRE(world.comes_true([&] { return world.given_back.size() == 1; }));
    CHECK(world.given_back[0] == world.first);
    CHECK(world.posts_without_memory == 0);
  }

  TEST_CASE("what is not listened to any more is closed, what it counted stays, and the worker beats on") {
    World world;
    Socket kept, left, client;
    world.listen(kept, "192.0.2.53:53");
    world.listen(left, "192.0.2.54:53");
    world.worker.start();
    CHECK(answered(client, left) == "192.0.2.1");
    world.worker.stop_listening(Protocol::udp, *Endpoint::parse("192.0.2.54:53"));
    CHECK(world.comes_true([&] { return !ask_for_address(client, left); }));
    const Monotonic before = world.clock.monotonic();
    CHECK(world.comes_true([&] { return world.worker.last_beat() > before; }));
    CHECK(world.worker.last_beat() < Monotonic::max());
    CHECK(answered(client, kept) == "192.0.2.1");
    CHECK(world.comes_true([&] { return world.worker.counters()[Counter::udp_responses] >= 2; }));
  }

  TEST_CASE("a thread that hangs stops the beat and what is taken, and its removal holds up nobody") {
    World world;
    Socket hanging, other, client;
    world.listen(hanging, "192.0.2.53:53");
    world.listen(other, "192.0.2.54:53");
    world.worker.start();
    CHECK(answered(client, hanging) == "192.0.2.1");
    world.clock.hold(true);
    REQUIRE(ask_for_address(client, hanging));
    REQUIRE(world.clock.stops_one());
    const Monotonic hung = world.clock.monotonic();
    world.publish(with_address("192.0.2.2"));
    CHECK_FALSE(
        world.comes_true([&] { return !world.given_back.empty() || world.worker.last_beat() > hung; }, 200));

    world.worker.stop_listening(Protocol::udp, *Endpoint::parse("192.0.2.53:53"));
    CHECK(world.comes_true([&] { return world.given_back.size() == 1; }));
    world.clock.hold(false);
    CHECK(next_address(client) == "192.0.2.1");  // what was at hand is still answered
    CHECK(world.comes_true([&] { return world.worker.last_beat() > hung; }));
    CHECK(answered(client, other) == "192.0.2.2");
  }
}
