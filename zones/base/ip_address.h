#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "zones/base/error.h"
#include "zones/base/octets.h"

namespace doors {

/// An IPv4 or IPv6 address in network order, as the kernel and a DNS server's config mean it: no names, no
/// scope.
class IpAddress {
 public:
  IpAddress() noexcept = default;
  /// From 4 or 16 octets.
  explicit IpAddress(Octets octets) noexcept;
  /// "192.0.2.53" or "2001:db8::53"; nothing else.
  [[nodiscard]] static Result<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v6() const noexcept { return is_v6_; }
  /// 4 or 16 octets, borrowed from this address.
  [[nodiscard]] Octets octets() const noexcept { return Octets(octets_).first(is_v6_ ? 16 : 4); }
  [[nodiscard]] unsigned bits() const noexcept { return is_v6_ ? 128 : 32; }
  [[nodiscard]] std::string to_string() const;
  /// With all bits behind the first `length` cleared.
  [[nodiscard]] IpAddress network(unsigned length) const noexcept;
  /// The address behind this one; wraps around at the end.
  [[nodiscard]] IpAddress next() const noexcept;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::byte, 16> octets_{};
  bool is_v6_ = false;
};

/// An address with the length of its network: "192.0.2.0/24" (a prefix) as well as "192.0.2.1/24" (an address
/// on an interface).
struct IpPrefix {
  IpAddress address;
  std::uint8_t length = 0;

  [[nodiscard]] static Result<IpPrefix> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  /// The prefix this address lies in: the same with all host bits cleared.
  [[nodiscard]] IpPrefix network() const noexcept { return {address.network(length), length}; }
  [[nodiscard]] bool contains(const IpAddress& other) const noexcept {
    return other.is_v6() == address.is_v6() && other.network(length) == address.network(length);
  }
  friend bool operator==(const IpPrefix&, const IpPrefix&) = default;
};

/// Where a service listens: "192.0.2.53:53" or "[2001:db8::53]:53".
struct ServiceAddress {
  IpAddress address;
  std::uint16_t port = 53;

  [[nodiscard]] static Result<ServiceAddress> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const ServiceAddress&, const ServiceAddress&) = default;
};

}  // namespace doors
