#pragma once

#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/support/ask.h"
#include "tests/support/zone_of.h"
#include "zones/base/file.h"
#include "zones/base/ip_address.h"

namespace doors::test {

inline constexpr int patience_ms = 10'000;

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

/// A zone whose www.example. has this address.
inline std::shared_ptr<const Snapshot> with_address(const std::string& address) {
  return std::make_shared<const Snapshot>(
      zone_of("example.",
              "@ 300 IN SOA ns host 7 3600 600 86400 300\n@ 300 IN NS ns\nwww 300 IN A " + address + "\n"));
}

/// Asks for it; false if nobody has the socket any more.
inline bool ask_for_address(Socket& client, Socket& server) {
  const auto query = message_of("www.example. A").octets;
  return ::sendto(client.fd.get(), query.data(), query.size(), 0, server.address(), server.octets) > 0;
}

/// What is answered.
inline std::string next_address(Socket& client) {
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

inline std::string answered(Socket& client, Socket& server) {
  REQUIRE(ask_for_address(client, server));
  return next_address(client);
}

}  // namespace doors::test
