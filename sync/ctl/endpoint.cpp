#include "sync/ctl/endpoint.h"

#include <array>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <net/if.h>

namespace doors::ctl {
namespace {

/// The address family's own structure inside the storage.
template <class Address>
Address load(const sockaddr_storage& storage) noexcept {
  Address address;
  std::memcpy(&address, &storage, sizeof address);
  return address;
}
template <class Address>
void store(sockaddr_storage& storage, const Address& address) noexcept {
  std::memcpy(&storage, &address, sizeof address);
}

}  // namespace

Outcome<Endpoint> Endpoint::parse(std::string_view text) {
  const auto wrong = [&] {
    return refused("\"" + std::string(text) +
                   "\" is no address and port: write 192.0.2.1:53 or [2001:db8::1]:53");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  std::string host(text.substr(0, colon));
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return wrong();

  Endpoint endpoint;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    if (const std::size_t percent = host.find('%'); percent != std::string::npos) {
      address.sin6_scope_id = ::if_nametoindex(host.c_str() + percent + 1);
      if (address.sin6_scope_id == 0) return wrong();
      host.resize(percent);
    }
    if (::inet_pton(AF_INET6, host.c_str(), &address.sin6_addr) != 1) return wrong();
    store(endpoint.storage_, address);
    return endpoint;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return wrong();
  store(endpoint.storage_, address);
  return endpoint;
}

std::uint16_t Endpoint::port() const noexcept {
  return family() == AF_INET6 ? ntohs(load<sockaddr_in6>(storage_).sin6_port)
                              : ntohs(load<sockaddr_in>(storage_).sin_port);
}

Endpoint Endpoint::with_port(std::uint16_t port) const noexcept {
  Endpoint other;
  if (family() == AF_INET6) {
    auto address = load<sockaddr_in6>(storage_);
    address.sin6_port = htons(port);
    store(other.storage_, address);
  } else {
    auto address = load<sockaddr_in>(storage_);
    address.sin_port = htons(port);
    store(other.storage_, address);
  }
  return other;
}

Endpoint Endpoint::reachable() const noexcept {
  Endpoint other = *this;
  if (family() == AF_INET6) {
    auto address = load<sockaddr_in6>(storage_);
    if (IN6_IS_ADDR_UNSPECIFIED(&address.sin6_addr)) address.sin6_addr = in6addr_loopback;
    store(other.storage_, address);
  } else {
    auto address = load<sockaddr_in>(storage_);
    if (address.sin_addr.s_addr == htonl(INADDR_ANY)) address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    store(other.storage_, address);
  }
  return other;
}

std::string Endpoint::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (family() == AF_INET6) {
    const auto address = load<sockaddr_in6>(storage_);
    ::inet_ntop(AF_INET6, &address.sin6_addr, host.data(), host.size());
    std::string text = "[" + std::string(host.data());
    std::array<char, IF_NAMESIZE> interface {};
    if (address.sin6_scope_id != 0 && ::if_indextoname(address.sin6_scope_id, interface.data()) != nullptr) {
      text.append("%").append(interface.data());
    }
    return text + "]:" + std::to_string(port());
  }
  const auto address = load<sockaddr_in>(storage_);
  ::inet_ntop(AF_INET, &address.sin_addr, host.data(), host.size());
  return std::string(host.data()) + ":" + std::to_string(port());
}

const sockaddr* Endpoint::address() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }

socklen_t Endpoint::size() const noexcept {
  return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

}  // namespace doors::ctl
