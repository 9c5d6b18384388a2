#include "server/transport/tcp_service.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "server/message/header.h"
#include "server/transfer/access.h"
#include "server/transport/tcp_framer.h"
#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

using namespace doors;

namespace {

/// A service behind a local stream socket, whose clock stands still; its event loop turns when told.
struct World {
  explicit World(const TcpLimits& limits = {}, int texts = 0)
      : state(readings, served(texts), clock,
              [this](std::function<void()> work) { later.push_back(std::move(work)); }),
        service(loop, limits, state, clock) {
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    address.sun_family = AF_UNIX;
    REQUIRE(::bind(socket.get(), of(address), sizeof address.sun_family) == 0);  // the kernel chooses a name
    REQUIRE(::getsockname(socket.get(), of(address), &address_octets) == 0);
    REQUIRE(::listen(socket.get(), 16) == 0);
    REQUIRE(service.listen(std::move(socket), Endpoint()));
  }
  static sockaddr* of(sockaddr_un& name) { return reinterpret_cast<sockaddr*>(&name); }
  static std::shared_ptr<const Snapshot> served(int texts) {
    std::string text = "@ 300 IN SOA ns host 7 3600 600 86400 300\n@ 300 IN NS ns\nwww 300 IN A 192.0.2.2\n";
    for (int i = 0; i < texts; ++i)
      text += "t" + std::to_string(i) + " 300 IN TXT " + std::string(200, 'x') + "\n";
    Snapshot snapshot = zone_of("example.", text);
    Access access;
    access.transfers = {
        {.zones = {}, .every_zone = true, .sources = {*IpPrefix::parse("0.0.0.0/0")}, .keys = {}}};
    snapshot.access = std::make_shared<const Access>(access);
    return std::make_shared<const Snapshot>(snapshot);
  }

  /// Until there is nothing left to do.
  void turn() {
    for (int i = 0; i < 20; ++i) turn_once();
  }
  void turn_once() { loop.round(0); }
  [[nodiscard]] std::uint64_t counted(Counter counter) const { return state.counters.read()[counter]; }

  ManualClock clock;
  std::vector<std::function<void()>> later;
  Readings readings;
  WorkerState state;
  EventLoop loop;
  TcpService service;
  sockaddr_un address{};
  socklen_t address_octets = sizeof address;
};

struct Peer {
  explicit Peer(World& world) : fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    REQUIRE(::connect(fd.get(), World::of(world.address), world.address_octets) == 0);
  }
  void ask(const std::vector<std::string>& questions) {
    std::vector<std::byte> octets;
    for (const std::string& question : questions) {
      const auto message = message_of(question).octets;
      octets.resize(octets.size() + 2);
      store_u16(&octets[octets.size() - 2], static_cast<std::uint16_t>(message.size()));
      octets.insert(octets.end(), message.begin(), message.end());
    }
    send(octets);
  }
  void send(Octets octets) {
    REQUIRE(::send(fd.get(), octets.data(), octets.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(octets.size()));
  }
  /// Responses that have come by now; nothing when the connection is closed and all are read.
  std::optional<std::vector<Reply>> replies() {
    const std::size_t had = rest.size();
    rest.resize(had + (1 << 20));
    const ssize_t count = ::recv(fd.get(), &rest[had], rest.size() - had, 0);
    if (count == 0) return std::nullopt;
    rest.resize(had + (count < 0 ? 0 : static_cast<std::size_t>(count)));
    std::vector<Reply> replies;
    TcpFramer framer(rest);
    while (const auto message = framer.next()) {
      auto reply = read_reply(*message);
      REQUIRE(reply);
      replies.push_back(*std::move(reply));
    }
    rest = std::vector<std::byte>(framer.rest().begin(), framer.rest().end());
    return replies;
  }
  UniqueFd fd;
  std::vector<std::byte> rest;  // a part of a message
};

}  // namespace

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
