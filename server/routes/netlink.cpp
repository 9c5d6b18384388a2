#include "server/routes/netlink.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

namespace doors {

namespace {

constexpr std::chrono::milliseconds longest_wait{200};
constexpr std::size_t dump_buffer_octets =
    std::size_t{32} * 1024;  // what the kernel fills per packet of a dump

Unexpected<NetlinkError> refused(const std::string& what, int number) {
  std::string words = what + ": " + std::strerror(number);
  if (number == EPERM) words += " (doorkeeper needs CAP_NET_ADMIN)";
  return Unexpected(NetlinkError{number, std::move(words)});
}

}  // namespace

NetlinkRequest::NetlinkRequest(std::uint16_t type, std::uint16_t flags) noexcept {
  nlmsghdr start{};
  start.nlmsg_type = type;
  start.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  append(&start, sizeof start);
}

void NetlinkRequest::append(const void* data, std::size_t octets) noexcept {
  assert(size_ + NLMSG_ALIGN(octets) <= buffer_.size());
  std::memcpy(buffer_.data() + size_, data, octets);
  size_ += NLMSG_ALIGN(octets);
  header().nlmsg_len = static_cast<std::uint32_t>(size_);
}

void NetlinkRequest::attribute(std::uint16_t type, Octets value) noexcept {
  rtattr start{};
  start.rta_type = type;
  start.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(value.size()));
  append(&start, sizeof start);
  if (!value.empty()) append(value.data(), value.size());
}

void NetlinkRequest::attribute(std::uint16_t type, std::uint32_t value) noexcept {
  attribute(type, std::as_bytes(std::span(&value, 1)));
}

void NetlinkRequest::attribute(std::uint16_t type, std::string_view text) noexcept {
  const std::string terminated(text);
  attribute(type, std::as_bytes(std::span(terminated.c_str(), terminated.size() + 1)));
}

std::size_t NetlinkRequest::begin_nested(std::uint16_t type) noexcept {
  const std::size_t began = size_;
  attribute(type, Octets{});
  return began;
}

void NetlinkRequest::end_nested(std::size_t began) noexcept {
  const auto length = static_cast<std::uint16_t>(size_ - began);
  std::memcpy(buffer_.data() + began + offsetof(rtattr, rta_len), &length, sizeof length);
}

Result<Netlink> Netlink::open() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd) return system_failure("cannot open an rtnetlink socket", errno);
  sockaddr_nl self{};
  self.nl_family = AF_NETLINK;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&self), sizeof self) != 0) {
    return system_failure("cannot bind an rtnetlink socket", errno);
  }
  return Netlink(std::move(fd));
}

Expected<void, NetlinkError> Netlink::ask(NetlinkRequest& request, const std::string& what) {
  request.header().nlmsg_flags |= NLM_F_ACK;
  return converse(request, what, [](const NetlinkMessage&) {});
}

Expected<void, NetlinkError> Netlink::dump(NetlinkRequest& request, const std::string& what,
                                           const std::function<void(const NetlinkMessage&)>& each) {
  request.header().nlmsg_flags |= NLM_F_DUMP;
  return converse(request, what, each);
}

Expected<void, NetlinkError> Netlink::converse(NetlinkRequest& request, const std::string& what,
                                               const std::function<void(const NetlinkMessage&)>& each) {
  request.header().nlmsg_seq = ++sequence_;
  const Octets octets = request.octets();
  while (::send(fd_.get(), octets.data(), octets.size(), 0) < 0) {
    if (errno != EINTR) return refused(what, errno);
  }
  const auto deadline = std::chrono::steady_clock::now() + longest_wait;
  buffer_.resize(dump_buffer_octets);
  while (true) {
    const ssize_t got = ::recv(fd_.get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN) return refused(what, errno);
    if (got < 0) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return refused(what, ETIMEDOUT);
      pollfd waiting{fd_.get(), POLLIN, 0};
      (void)::poll(&waiting, 1, static_cast<int>(left.count()));
      continue;
    }
    Octets rest = Octets(buffer_).first(static_cast<std::size_t>(got));
    while (rest.size() >= sizeof(nlmsghdr)) {
      nlmsghdr start{};
      std::memcpy(&start, rest.data(), sizeof start);
      if (start.nlmsg_len < sizeof start || start.nlmsg_len > rest.size()) break;
      const NetlinkMessage message{start.nlmsg_type,
                                   rest.subspan(sizeof start, start.nlmsg_len - sizeof start)};
      rest = rest.subspan(std::min(rest.size(), std::size_t{NLMSG_ALIGN(start.nlmsg_len)}));
      if (start.nlmsg_seq != sequence_) continue;  // the late answer to a question that had timed out
      if (message.type == NLMSG_DONE) return {};
      if (message.type != NLMSG_ERROR) {
        each(message);
        continue;
      }
      const int verdict = message.fixed<nlmsgerr>().error;
      if (verdict == 0) return {};
      return refused(what, -verdict);
    }
  }
}

}  // namespace doors
