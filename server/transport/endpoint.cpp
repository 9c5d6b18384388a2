#include "server/transport/endpoint.h"

#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

namespace doors {

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto wrong = [&](const char* why) { return failure("\"" + std::string(text) + "\": " + why); };
  Endpoint endpoint;
  std::string_view host;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find("]:");
    if (end == std::string_view::npos) return wrong("wanted [ADDRESS]:PORT");
    host = text.substr(1, end - 1);
    port = text.substr(end + 2);
    endpoint.v6 = true;
  } else {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return wrong("wanted ADDRESS:PORT");
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (host.find(':') != std::string_view::npos)
      return wrong("an IPv6 address stands in brackets, [ADDRESS]:PORT");
  }

  const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (problem != std::errc{} || end != port.data() + port.size()) return wrong("the port must be 0 to 65535");

  std::string address(host);
  if (const std::size_t percent = address.find('%'); endpoint.v6 && percent != std::string::npos) {
    endpoint.scope = ::if_nametoindex(address.c_str() + percent + 1);
    if (endpoint.scope == 0) return wrong("no such interface");
    address.resize(percent);
  }
  if (::inet_pton(endpoint.v6 ? AF_INET6 : AF_INET, address.c_str(), endpoint.address.data()) != 1) {
    return wrong("not an IP address");
  }
  return endpoint;
}

Endpoint Endpoint::from(const sockaddr_storage& storage) noexcept {
  Endpoint endpoint;
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, &storage, sizeof address);
    std::memcpy(endpoint.address.data(), &address.sin6_addr, 16);
    endpoint.v6 = true;
    endpoint.port = ntohs(address.sin6_port);
    endpoint.scope = address.sin6_scope_id;
  } else {
    sockaddr_in address{};
    std::memcpy(&address, &storage, sizeof address);
    std::memcpy(endpoint.address.data(), &address.sin_addr, 4);
    endpoint.port = ntohs(address.sin_port);
  }
  return endpoint;
}

std::string Endpoint::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(v6 ? AF_INET6 : AF_INET, address.data(), text.data(), text.size());
  std::string host = text.data();
  if (scope != 0) {
    std::array<char, IF_NAMESIZE> name{};
    if (::if_indextoname(scope, name.data()) != nullptr) host.append("%").append(name.data());
  }
  return (v6 ? "[" + host + "]:" : host + ":") + std::to_string(port);
}

socklen_t Endpoint::to_sockaddr(sockaddr_storage& storage) const noexcept {
  std::memset(&storage, 0, sizeof storage);
  if (v6) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(port);
    to.sin6_scope_id = scope;
    std::memcpy(&to.sin6_addr, address.data(), 16);
    std::memcpy(&storage, &to, sizeof to);
    return sizeof to;
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  std::memcpy(&to.sin_addr, address.data(), 4);
  std::memcpy(&storage, &to, sizeof to);
  return sizeof to;
}

}  // namespace doors
