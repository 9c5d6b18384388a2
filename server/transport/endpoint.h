#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include "zones/base/error.h"

namespace doors {

/// An address and port to listen on. IPv4 addresses stand in the first four octets.
struct Endpoint {
  std::array<std::byte, 16> address{};
  bool v6 = false;
  std::uint16_t port = 0;
  std::uint32_t scope = 0;  ///< interface index of a link-local IPv6 address, else 0

  /// "192.0.2.1:53", "[2001:db8::1]:53", "[fe80::1%eth0]:53"; the port 0..65535 (0: the kernel chooses).
  /// Error: says what is wrong with the text.
  [[nodiscard]] static Result<Endpoint> parse(std::string_view text);
  /// From an AF_INET or AF_INET6 address.
  [[nodiscard]] static Endpoint from(const sockaddr_storage& storage) noexcept;
  /// As parse() takes it.
  [[nodiscard]] std::string to_string() const;
  /// Fills `storage`; gives the length of the address in it.
  socklen_t to_sockaddr(sockaddr_storage& storage) const noexcept;
  /// 0.0.0.0 or [::]: the answer's source address is then taken from the query's destination.
  [[nodiscard]] bool is_wildcard() const noexcept { return address == std::array<std::byte, 16>{}; }

  friend auto operator<=>(const Endpoint&, const Endpoint&) noexcept = default;
};

}  // namespace doors
