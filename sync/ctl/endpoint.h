#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>

#include "sync/ctl/outcome.h"

namespace doors::ctl {

/// A numeric address and a port, as sockets want them.
class Endpoint {
 public:
  /// "192.0.2.1:53", "[2001:db8::1]:53"; an IPv6 address may carry a scope ("[fe80::1%eth0]:53"). Port
  /// 0..65535.
  [[nodiscard]] static Outcome<Endpoint> parse(std::string_view text);

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] Endpoint with_port(std::uint16_t port) const noexcept;
  /// Where a client on this machine reaches it: loopback for an unspecified address, else itself.
  [[nodiscard]] Endpoint reachable() const noexcept;
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] int family() const noexcept { return storage_.ss_family; }
  [[nodiscard]] const sockaddr* address() const noexcept;
  [[nodiscard]] socklen_t size() const noexcept;

 private:
  Endpoint() = default;
  sockaddr_storage storage_{};
};

}  // namespace doors::ctl
