#include "sync/xfr/socket_address.h"

#include <cstring>

#include <netinet/in.h>

namespace doors::xfr {

socklen_t fill_socket_address(const ServiceAddress& address, sockaddr_storage& storage) noexcept {
  storage = {};
  const Octets octets = address.address.octets();
  if (address.address.is_v6()) {
    auto* const to = reinterpret_cast<sockaddr_in6*>(&storage);
    to->sin6_family = AF_INET6;
    to->sin6_port = htons(address.port);
    std::memcpy(&to->sin6_addr, octets.data(), octets.size());
    return sizeof *to;
  }
  auto* const to = reinterpret_cast<sockaddr_in*>(&storage);
  to->sin_family = AF_INET;
  to->sin_port = htons(address.port);
  std::memcpy(&to->sin_addr, octets.data(), octets.size());
  return sizeof *to;
}

}  // namespace doors::xfr
