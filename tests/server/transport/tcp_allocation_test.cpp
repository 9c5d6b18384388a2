// Once a client is accepted, its messages are answered without a call of operator new.
#include <array>

#include <doctest/doctest.h>

#include "tests/server/transport/tcp_world.h"
#include "tests/support/counted_new.h"

using namespace doors;

namespace {

/// Reads all that has come; gives how many octets.
std::size_t drain(test::Peer& peer) {
  std::array<std::byte, 1 << 16> octets;
  std::size_t all = 0;
  for (ssize_t count = 0; (count = ::recv(peer.fd.get(), octets.data(), octets.size(), 0)) > 0;)
    all += static_cast<std::size_t>(count);
  return all;
}

}  // namespace

TEST_SUITE("transport: allocations over TCP") {
  TEST_CASE("none for a message after accept: alone, many together, or octet by octet") {
    test::TcpWorld world;
    test::Peer peer(world);
    const auto alone = test::Peer::framed({"www.example. A +edns"});
    const auto many = test::Peer::framed(std::vector<std::string>(50, "no.example. A +do"));
    std::size_t received = 0;
    const auto ask_all = [&] {
      peer.send(alone);
      world.turn();
      peer.send(many);
      world.turn();
      for (const std::byte octet : alone) {
        peer.send({&octet, 1});
        world.turn_once();
      }
      received += drain(peer);
    };
    ask_all();  // a buffer for the part of a message is made once for a client
    const std::size_t answered = world.counted(Counter::tcp_responses);
    REQUIRE(answered == 52);
    received = 0;
    const std::size_t before = allocation_count();
    for (int i = 0; i < 20; ++i) ask_all();
    CHECK(allocation_count() == before);
    CHECK(world.counted(Counter::tcp_responses) == 21 * answered);
    CHECK(received > 20 * answered * 12);
    CHECK(before > 0);  // the counter counts
  }

  TEST_CASE("nor for the next client of a source, when places have served before") {
    test::TcpWorld world;
    const auto query = test::Peer::framed({"www.example. A"});
    const auto come_and_go = [&] {
      test::Peer peer(world);
      peer.send(query);
      world.turn();
      const std::size_t received = drain(peer);
      peer.fd.reset();
      world.turn();
      return received;
    };
    test::Peer another(world);  // so that the source is not forgotten
    world.turn();
    REQUIRE(come_and_go() > 12);
    const std::size_t before = allocation_count();
    for (int i = 0; i < 20; ++i) REQUIRE(come_and_go() > 12);
    CHECK(allocation_count() == before);
    CHECK(world.counted(Counter::tcp_accepted) == 22);
  }
}
