#include "server/transport/tcp_service.h"

#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "tests/server/transport/tcp_world.h"

using namespace doors;
using test::Peer;
using World = test::TcpWorld;

TEST_SUITE("transport: TCP service (RFC 7766)") {
  TEST_CASE("queries are answered, those behind one another in their order, until the peer has finished") {
    World world;
    Peer peer(world);
    peer.ask({"www.example. A", "no.example. A"});
    world.turn();
    const auto first = peer.replies();
    REQUIRE(first);
    REQUIRE(first->size() == 2);
    CHECK(first->front().answer.size() == 1);
    CHECK(first->back().rcode() == 3);
    peer.ask({"www.example. A"});
    ::shutdown(peer.fd.get(), SHUT_WR);
    world.turn();
    CHECK(peer.replies()->size() == 1);
    CHECK_FALSE(peer.replies());
    CHECK(world.counted(Counter::tcp_accepted) == 1);
    CHECK(world.counted(Counter::tcp_closed) == 1);
  }
  TEST_CASE("a place serves one client after the other") {
    World world;
    for (int i = 0; i < 3; ++i) {
      Peer peer(world);
      peer.ask({"www.example. A"});
      world.turn();
      CHECK(peer.replies()->size() == 1);
      peer.fd.reset();
      world.turn();
    }
    CHECK(world.counted(Counter::tcp_closed) == 3);
    CHECK(world.service.clients().size() == 0);
  }
  TEST_CASE("who says nothing goes after the idle time, who sends half a message after its time") {
    World world;
    Peer silent(world);
    Peer slow(world);
    slow.send(std::vector<std::byte>{std::byte{0}});
    world.turn();
    world.clock.advance(std::chrono::seconds(2));
    world.service.tick();
    CHECK_FALSE(slow.replies());
    CHECK(silent.replies());
    world.clock.advance(std::chrono::seconds(8));
    world.service.tick();
    CHECK_FALSE(silent.replies());
    CHECK(world.counted(Counter::tcp_timeout_message) == 1);
    CHECK(world.counted(Counter::tcp_timeout_idle) == 1);
  }
  TEST_CASE("a zone that is sent by its time stays sent, though nobody looked until later") {
    World world;
    Peer peer(world);
    peer.ask({"example. AXFR +tcp"});
    world.turn_once();  // accepts, and sends the only message
    REQUIRE(peer.replies()->size() == 1);
    world.clock.advance(TcpLimits().transfer_timeout);
    world.turn();
    CHECK(world.later.size() == 1);  // its line for the log
    peer.ask({"www.example. A"});
    world.turn();
    CHECK(peer.replies()->size() == 1);
  }
  TEST_CASE("one more transfer than allowed is SERVFAIL, and who asks besides is answered meanwhile") {
    TcpLimits limits;
    limits.transfers = 1;
    World world(limits, 5000);  // more than waits in the socket
    Peer first(world);
    first.ask({"example. AXFR +tcp"});
    world.turn();
    Peer second(world);
    second.ask({"example. AXFR +tcp", "www.example. A"});
    world.turn();
    const auto replies = second.replies();
    REQUIRE(replies);
    REQUIRE(replies->size() == 2);
    CHECK(replies->front().rcode() == 2);
    CHECK(replies->back().answer.size() == 1);
    std::size_t soas = 0;
    for (int i = 0; i < 1000 && soas < 2; ++i) {
      const auto got = first.replies();
      REQUIRE(got);
      for (const Reply& reply : *got) {
        for (const Record& record : reply.answer) soas += record.type == raw(RRType::soa) ? 1 : 0;
      }
      world.turn();
    }
    CHECK(soas == 2);
    CHECK(world.later.size() == 1);
  }
  TEST_CASE("clients that come together are accepted together, and each is answered") {
    World world;
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 10; ++i) {
      peers.push_back(std::make_unique<Peer>(world));
      peers.back()->ask({"www.example. A"});
    }
    world.turn();
    for (const auto& peer : peers) CHECK(peer->replies()->size() == 1);
    CHECK(world.service.clients().size() == 10);
  }
}
