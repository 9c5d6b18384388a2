#include "sync/xfr/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <poll.h>
#include <sys/socket.h>

#include "sync/xfr/socket_address.h"

namespace doors::xfr {

namespace {

constexpr std::size_t length_octets = 2;
constexpr std::size_t read_octets = 128 * 1024;

/// Waits until the socket is ready for `events`.
Result<void> wait_for(int fd, short events, Monotonic deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - RealClock().monotonic());
    if (left.count() <= 0) return failure("no answer in time");
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return system_failure("cannot wait", errno);
  }
}

}  // namespace

Result<Connection> Connection::open(const ServiceAddress& address, Monotonic deadline) {
  sockaddr_storage storage{};
  const socklen_t length = fill_socket_address(address, storage);
  UniqueFd fd(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_failure("cannot make a socket", errno);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0) {
    if (errno != EINPROGRESS) return system_failure("cannot connect", errno);
    if (auto waited = wait_for(fd.get(), POLLOUT, deadline); !waited) return Unexpected(waited.error());
    int error = 0;
    socklen_t size = sizeof error;
    (void)::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return system_failure("cannot connect", error);
  }
  return Connection(std::move(fd));
}

Result<void> Connection::secure(TlsClient tls, Monotonic deadline) {
  tls_ = std::move(tls);
  if (auto attached = tls_->attach(fd_.get()); !attached) return attached;
  for (;;) {
    const auto done = tls_->shake_hands();
    if (!done) return Unexpected(done.error());
    if (*done) return {};
    if (auto waited = wait(tls_->wanted(), deadline); !waited) return waited;
  }
}

Result<void> Connection::wait(short events, Monotonic deadline) const {
  return wait_for(fd_.get(), tls_ ? tls_->wanted() : events, deadline);
}

Result<std::optional<std::size_t>> Connection::read(MutableOctets into) {
  if (tls_) return tls_->read(into);
  const ssize_t got = ::recv(fd_.get(), into.data(), into.size(), 0);
  if (got >= 0) return std::optional(static_cast<std::size_t>(got));
  if (errno != EAGAIN && errno != EINTR) return system_failure("cannot receive", errno);
  return std::optional<std::size_t>();
}

Result<std::optional<std::size_t>> Connection::write(Octets octets) {
  if (tls_) return tls_->write(octets);
  const ssize_t sent = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
  if (sent >= 0) return std::optional(static_cast<std::size_t>(sent));
  if (errno != EAGAIN && errno != EINTR) return system_failure("cannot send", errno);
  return std::optional<std::size_t>();
}

Result<void> Connection::send(Octets message, Monotonic deadline) {
  std::vector<std::byte> framed(length_octets);
  store_u16(framed.data(), static_cast<std::uint16_t>(message.size()));
  framed.insert(framed.end(), message.begin(), message.end());
  for (Octets rest = framed; !rest.empty();) {
    const auto sent = write(rest);
    if (!sent) return Unexpected(sent.error());
    if (*sent) {
      if (**sent == 0) return failure("the primary closed the connection");
      rest = rest.subspan(**sent);
    } else if (auto waited = wait(POLLOUT, deadline); !waited) {
      return waited;
    }
  }
  return {};
}

Result<Octets> Connection::receive(Monotonic deadline) {
  for (;;) {
    const std::size_t have = buffer_.size() - begin_;
    if (have >= length_octets) {
      const std::size_t size = length_octets + load_u16(&buffer_[begin_]);
      if (have >= size) {
        const Octets message = Octets(buffer_).subspan(begin_ + length_octets, size - length_octets);
        begin_ += size;
        return message;
      }
    }
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
    const std::size_t size = buffer_.size();
    buffer_.resize(size + read_octets);
    const auto got = read(MutableOctets(buffer_).subspan(size));
    buffer_.resize(size + (got && *got ? **got : 0));
    if (!got) return Unexpected(got.error());
    if (*got) {
      if (**got == 0) return failure("the primary closed the connection");
      if (RealClock().monotonic() >= deadline) return failure("no answer in time");
    } else if (auto waited = wait(POLLIN, deadline); !waited) {
      return Unexpected(waited.error());
    }
  }
}

}  // namespace doors::xfr
