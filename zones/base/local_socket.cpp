#include "zones/base/local_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace doors {

namespace {

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path) return failure("socket path too long: " + text);
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  return address;
}

Result<UniqueFd> new_socket(int flags = 0) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0));
  if (!fd) return system_failure("cannot create socket", errno);
  return fd;
}

Result<UniqueFd> connect_with(const std::filesystem::path& path, int socket_flags) {
  auto address = address_of(path);
  if (!address) return Unexpected(address.error());
  auto fd = new_socket(socket_flags);
  if (!fd) return fd;
  if (::connect(fd->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return system_failure("cannot connect to " + path.string(), errno);
  }
  return fd;
}

/// Whether some process listens there. Only "refused" says that none does: a full queue (EAGAIN) or a socket
/// of another type (EPROTOTYPE) has an owner too. Never waits.
bool is_listened_on(const sockaddr_un& address) noexcept {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return true;
  return errno != ECONNREFUSED && errno != ENOENT;
}

}  // namespace

Result<UniqueFd> connect_local(const std::filesystem::path& path) { return connect_with(path, 0); }

Result<UniqueFd> connect_local_now(const std::filesystem::path& path) {
  return connect_with(path, SOCK_NONBLOCK);
}

Result<UniqueFd> listen_local(const std::filesystem::path& path, unsigned mode) {
  auto address = address_of(path);
  if (!address) return Unexpected(address.error());
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) {
    if (!S_ISSOCK(info.st_mode)) return failure(path.string() + " exists and is no socket");
    if (is_listened_on(*address)) return failure(path.string() + " is in use by another process");
    ::unlink(path.c_str());
  }
  auto fd = new_socket();
  if (!fd) return fd;
  if (::bind(fd->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    return system_failure("cannot bind " + path.string(), errno);
  }
  if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0 || ::listen(fd->get(), 64) != 0) {
    return system_failure("cannot listen on " + path.string(), errno);
  }
  return fd;
}

Result<std::pair<UniqueFd, UniqueFd>> local_pair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    return system_failure("cannot create socket pair", errno);
  }
  return std::pair(UniqueFd(fds[0]), UniqueFd(fds[1]));
}

Result<void> send_packet(int fd, const ControlMessage& message, const std::vector<int>& fds) {
  if (fds.size() > local_socket_max_fds) return failure("too many descriptors for one message");
  auto packet = message.encode();
  if (!packet) return Unexpected(packet.error());
  iovec part{packet->data(), packet->size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * local_socket_max_fds)> control{};
  if (!fds.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
  }
  while (::sendmsg(fd, &header, MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    return system_failure("cannot send " + message.verb(), errno);
  }
  return {};
}

Expected<Packet, ReceiveError> receive_packet(int fd) {
  const auto problem = [](ReceiveProblem kind, std::string words) {
    return Unexpected(ReceiveError{kind, std::move(words)});
  };
  std::vector<std::byte> buffer(ControlMessage::max_octets);
  iovec part{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * local_socket_max_fds)> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t got = 0;
  while ((got = ::recvmsg(fd, &header, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return problem(ReceiveProblem::would_block, "nothing yet");
  if (got < 0 && errno == ECONNRESET) return problem(ReceiveProblem::closed, "the peer closed");
  if (got < 0) return problem(ReceiveProblem::system, "cannot receive: " + std::string(std::strerror(errno)));

  Packet packet;
  for (cmsghdr* part_of = CMSG_FIRSTHDR(&header); part_of != nullptr;
       part_of = CMSG_NXTHDR(&header, part_of)) {
    if (part_of->cmsg_level != SOL_SOCKET || part_of->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part_of->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int received = -1;
      std::memcpy(&received, CMSG_DATA(part_of) + i * sizeof(int), sizeof received);
      packet.fds.emplace_back(received);
    }
  }
  if (got == 0) return problem(ReceiveProblem::closed, "the peer closed");
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    return problem(ReceiveProblem::bad_message, "control message: too long");
  }
  auto message = ControlMessage::decode(Octets(buffer).first(static_cast<std::size_t>(got)));
  if (!message) return problem(ReceiveProblem::bad_message, message.error().message);
  packet.message = *std::move(message);
  return packet;
}

Expected<Packet, ReceiveError> receive_packet_until(int fd, std::chrono::steady_clock::time_point deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::clamp<long>(left, 0, 1'000'000)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready > 0) return receive_packet(fd);
    if (ready < 0) return Unexpected(ReceiveError{ReceiveProblem::system, std::strerror(errno)});
    if (left <= 0) return Unexpected(ReceiveError{ReceiveProblem::would_block, "no reply in time"});
  }
}

Result<Packet> ask_local(int fd, const ControlMessage& request, std::chrono::milliseconds timeout,
                         const std::vector<int>& fds) {
  if (auto sent = send_packet(fd, request, fds); !sent) return Unexpected(sent.error());
  auto reply = receive_packet_until(fd, std::chrono::steady_clock::now() + timeout);
  if (!reply) return failure(request.verb() + ": " + reply.error().message);
  return std::move(*reply);
}

}  // namespace doors
