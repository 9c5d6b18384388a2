#include "server/transport/socket.h"

#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace doors {

namespace {

constexpr int udp_buffer_octets = 4 * 1024 * 1024;
constexpr int tcp_send_buffer_octets = 64 * 1024;
constexpr int tcp_receive_buffer_octets = 32 * 1024;
constexpr int tcp_segment_octets = 1220;  // 1280, IPv6's least MTU, without 60 octets of headers

bool set(int fd, int level, int option, int value) noexcept {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/// As large as we are allowed: past the system's limit with CAP_NET_ADMIN, else up to it.
void set_udp_buffers(int fd) noexcept {
  if (!set(fd, SOL_SOCKET, SO_RCVBUFFORCE, udp_buffer_octets))
    set(fd, SOL_SOCKET, SO_RCVBUF, udp_buffer_octets);
  if (!set(fd, SOL_SOCKET, SO_SNDBUFFORCE, udp_buffer_octets))
    set(fd, SOL_SOCKET, SO_SNDBUF, udp_buffer_octets);
}

/// Options without which the socket works less well are tried; gives the name of a needed one that failed.
const char* configure(int fd, Protocol protocol, const Endpoint& endpoint) noexcept {
  if (endpoint.v6) {
    if (!set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return "IPV6_V6ONLY";
    set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
    set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
    set(fd, IPPROTO_IPV6, IPV6_MTU, 1280);
  } else {
    set(fd, IPPROTO_IP, IP_FREEBIND, 1);
    if (protocol == Protocol::udp) set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
  }
  if (protocol == Protocol::udp) {
    set_udp_buffers(fd);
    if (endpoint.is_wildcard()) {
      if (endpoint.v6 && !set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)) return "IPV6_RECVPKTINFO";
      if (!endpoint.v6 && !set(fd, IPPROTO_IP, IP_PKTINFO, 1)) return "IP_PKTINFO";
    }
  } else {
    if (!set(fd, SOL_SOCKET, SO_REUSEADDR, 1)) return "SO_REUSEADDR";  // past connections in TIME_WAIT
    set(fd, IPPROTO_TCP, TCP_MAXSEG, tcp_segment_octets);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, SOL_SOCKET, SO_SNDBUF, tcp_send_buffer_octets);
    set(fd, SOL_SOCKET, SO_RCVBUF, tcp_receive_buffer_octets);
  }
  return nullptr;
}

/// One socket of the group, bound. An exclusive one, the group's first, is bound before it may share its
/// address: so it fails if a stranger is bound there already, and a port the kernel chooses is free. Then it
/// lets the others in.
Result<UniqueFd> open_one(Protocol protocol, const Endpoint& endpoint, bool exclusive) {
  const std::string what = (protocol == Protocol::udp ? "udp " : "tcp ") + endpoint.to_string();
  const int type = (protocol == Protocol::udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  UniqueFd fd(::socket(endpoint.v6 ? AF_INET6 : AF_INET, type, 0));
  if (!fd) return system_failure("cannot open " + what, errno);
  if (const char* option = configure(fd.get(), protocol, endpoint)) {
    return system_failure("cannot set " + std::string(option) + " on " + what, errno);
  }
  const auto share = [&] { return set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1); };
  if (!exclusive && !share()) return system_failure("cannot share " + what, errno);
  sockaddr_storage address{};
  const socklen_t length = endpoint.to_sockaddr(address);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    return system_failure("cannot bind " + what, errno);
  }
  if (exclusive && !share()) return system_failure("cannot share " + what, errno);
  if (protocol == Protocol::tcp && ::listen(fd.get(), SOMAXCONN) != 0) {
    return system_failure("cannot listen on " + what, errno);
  }
  return fd;
}

}  // namespace

Result<SocketGroup> open_sockets(Protocol protocol, const Endpoint& endpoint, std::size_t workers,
                                 bool beside_ours) {
  SocketGroup group{.endpoint = endpoint, .protocol = protocol, .sockets = {}};
  for (std::size_t i = 0; i < workers; ++i) {
    auto fd = open_one(protocol, group.endpoint, i == 0 && !beside_ours);
    if (!fd) return Unexpected(fd.error());
    if (i == 0) {
      sockaddr_storage bound{};
      socklen_t length = sizeof bound;
      if (::getsockname(fd->get(), reinterpret_cast<sockaddr*>(&bound), &length) != 0) {
        return system_failure("cannot read the address of " + endpoint.to_string(), errno);
      }
      group.endpoint = Endpoint::from(bound);
    }
    group.sockets.push_back(*std::move(fd));
  }
  return group;
}

}  // namespace doors
