#include "server/transport/udp_listener.h"

#include <chrono>
#include <future>
#include <thread>

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/un.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

namespace {

constexpr int patience_ms = 10'000;

/// A local datagram socket with a name of the kernel's choice, whose octets serve as address and port.
struct Socket {
  Socket() : fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    name.sun_family = AF_UNIX;
    REQUIRE(::bind(fd.get(), address(), sizeof name.sun_family) == 0);
    REQUIRE(::getsockname(fd.get(), address(), &octets) == 0);
  }
  sockaddr* address() { return reinterpret_cast<sockaddr*>(&name); }
  UniqueFd fd;
  sockaddr_un name{};
  socklen_t octets = sizeof name;
};

Snapshot with_address(const std::string& address) {
  return zone_of("example.",
                 "@ 300 IN SOA ns host 7 3600 600 86400 300\n@ 300 IN NS ns\nwww 300 IN A " + address + "\n");
}

struct World {
  World() {
    auto state =
        std::make_unique<WorkerState>(readings, std::make_shared<const Snapshot>(with_address("192.0.2.1")),
                                      clock, [](const std::function<void()>& work) { work(); });
    listener = std::make_unique<UdpListener>(*Endpoint::parse("192.0.2.53:53"), std::move(socket.fd),
                                             readings, std::move(state));
    REQUIRE(listener->start("udp-0"));
  }
  /// Wakes the thread, as the worker does, until it has done this.
  void have_done(UdpListener::Work work) {
    std::promise<void> done;
    listener->post([&](WorkerState& state) {
      work(state);
      done.set_value();
    });
    auto is_done = done.get_future();
    for (int i = 0; i < patience_ms; ++i) {
      if (listener->has_posts()) listener->kick();
      if (is_done.wait_for(std::chrono::milliseconds(1)) == std::future_status::ready) return;
    }
    FAIL("the thread does not turn");
  }
  /// The address that is answered.
  std::string answered(Socket& client) {
    const auto query = message_of("www.example. A").octets;
    REQUIRE(::sendto(client.fd.get(), query.data(), query.size(), 0, socket.address(), socket.octets) > 0);
    pollfd readable{client.fd.get(), POLLIN, 0};
    REQUIRE(::poll(&readable, 1, patience_ms) == 1);
    std::vector<std::byte> octets(4096);
    const ssize_t size = ::recv(client.fd.get(), octets.data(), octets.size(), 0);
    REQUIRE(size > 0);
    const auto reply = read_reply(Octets(octets).first(static_cast<std::size_t>(size)));
    REQUIRE(reply);
    REQUIRE(reply->answer.size() == 1);
    return IpAddress(octets_of(reply->answer.front().rdata)).to_string();
  }

  RealClock clock;
  Readings readings;
  Socket socket;
  std::unique_ptr<UdpListener> listener;
};

}  // namespace

TEST_SUITE("transport: UDP listener") {
  TEST_CASE("what comes is answered from the snapshot of the moment, and counted") {
    World world;
    Socket client;
    CHECK(world.answered(client) == "192.0.2.1");
    const auto next = std::make_shared<const Snapshot>(with_address("192.0.2.2"));
    world.have_done([&](WorkerState& state) { state.snapshot = next; });
    CHECK(world.answered(client) == "192.0.2.2");
    world.have_done([](WorkerState&) {});  // behind the answer that has come, so it is counted
    CHECK(world.readings.counters.read()[Counter::udp_responses] == 2);
  }
  TEST_CASE("a thread that waits for a query turns and beats when it is woken") {
    World world;
    const Monotonic before = world.clock.monotonic();
    for (int i = 0; i < 100; ++i) world.have_done([](WorkerState&) {});
    CHECK(world.readings.beaten() >= before);
  }
  TEST_CASE("it ends while it waits, and does before what was posted") {
    World world;
    bool done = false;
    world.listener->post([&](WorkerState&) { done = true; });
    world.listener.reset();
    CHECK(done);
    CHECK(world.readings.beaten() == Monotonic::max());
  }
}
