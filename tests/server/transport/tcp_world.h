#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "server/transfer/access.h"
#include "server/transport/tcp_framer.h"
#include "server/transport/tcp_service.h"
#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

namespace doors::test {

/// A service behind a local stream socket, whose clock stands still; its event loop turns when told.
struct TcpWorld {
  explicit TcpWorld(const TcpLimits& limits = {}, int texts = 0)
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
  explicit Peer(TcpWorld& world) : fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    REQUIRE(::connect(fd.get(), TcpWorld::of(world.address), world.address_octets) == 0);
  }
  void ask(const std::vector<std::string>& questions) { send(framed(questions)); }
  /// The questions as they go over TCP.
  static std::vector<std::byte> framed(const std::vector<std::string>& questions) {
    std::vector<std::byte> octets;
    for (const std::string& question : questions) {
      const auto message = message_of(question).octets;
      octets.resize(octets.size() + 2);
      store_u16(&octets[octets.size() - 2], static_cast<std::uint16_t>(message.size()));
      octets.insert(octets.end(), message.begin(), message.end());
    }
    return octets;
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

}  // namespace doors::test
