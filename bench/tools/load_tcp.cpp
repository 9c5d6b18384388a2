#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/tools/load.h"
#include "bench/tools/open_questions.h"

namespace doors::bench {
namespace {

/// A connection of ours: what came in and is no whole message yet, what is open on it.
class Connection {
 public:
  Connection(const LoadPlan& plan, unsigned slots, const Questions& questions)
      : plan_(plan), questions_(questions), open_(slots, questions), in_(std::size_t{1} << 17) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { hang_up(); }

  [[nodiscard]] int descriptor() const noexcept { return socket_; }
  [[nodiscard]] bool connected() const noexcept { return socket_ >= 0; }
  [[nodiscard]] bool waiting() const noexcept { return open_.open() != 0; }
  [[nodiscard]] bool full() const noexcept { return open_.full(); }

  /// Starts to connect; the n-th connection comes from 127.0.0.(1 + n % 16), so that ports suffice.
  bool connect(std::uint64_t n, bool wait) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int one = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    sockaddr_in to = plan_.to;
    if ((ntohl(to.sin_addr.s_addr) >> 24) == 127) {
      ::setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
      sockaddr_in from{};
      from.sin_family = AF_INET;
      from.sin_addr.s_addr = htonl(0x7f000001u + static_cast<std::uint32_t>(n % 16));
      if (::bind(socket_, reinterpret_cast<sockaddr*>(&from), sizeof(from)) != 0) return hang_up(), false;
    }
    const bool begun =
        ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0 || errno == EINPROGRESS;
    if (begun && wait) {
      timeval patience{2, 0};
      fd_set writable;
      FD_ZERO(&writable);
      FD_SET(socket_, &writable);
      int error = 0;
      socklen_t size = sizeof(error);
      if (::select(socket_ + 1, nullptr, &writable, nullptr, &patience) == 1 &&
          ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) {
        return true;
      }
    } else if (begun) {
      return true;
    }
    hang_up();
    return false;
  }

  void hang_up() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
    held_ = 0;
  }

  /// What is open is lost, and the connection gone.
  void fail(Tally& tally) {
    ++tally.broken;
    open_.expire(UINT64_MAX, tally);
    hang_up();
  }

  /// Fills the free slots and sends them in one piece.
  void send(std::size_t& next, Tally& tally) {
    std::array<std::uint8_t, 16384> out;
    std::size_t filled = 0;
    const std::uint64_t now = now_ns();
    while (!open_.full() && filled + 300 < out.size()) {
      const auto question = questions_[next];
      const std::uint16_t id = open_.open(next, now);
      const std::array<std::uint8_t, 4> head{
          static_cast<std::uint8_t>(question.size() >> 8), static_cast<std::uint8_t>(question.size() & 255),
          static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id & 255)};
      std::memcpy(out.data() + filled, head.data(), head.size());
      std::memcpy(out.data() + filled + 4, question.data() + 2, question.size() - 2);
      filled += question.size() + 2;
      next = next + 1 == questions_.size() ? 0 : next + 1;
      ++tally.sent;
    }
    // At most some kilobytes are open on a connection: they always fit into its send buffer.
    if (filled != 0 && ::send(socket_, out.data(), filled, MSG_NOSIGNAL) != static_cast<ssize_t>(filled))
      fail(tally);
  }

  void receive(Tally& tally) {
    const ssize_t got = ::recv(socket_, in_.data() + held_, in_.size() - held_, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return fail(tally);
    held_ += static_cast<std::size_t>(got);
    const std::uint64_t now = now_ns();
    std::size_t at = 0;
    while (held_ - at >= 2) {
      const std::size_t size = static_cast<std::size_t>(in_[at] << 8 | in_[at + 1]);
      if (held_ - at - 2 < size) break;
      open_.close({in_.data() + at + 2, size}, now, tally);
      at += 2 + size;
    }
    std::memmove(in_.data(), in_.data() + at, held_ - at);
    held_ -= at;
  }

  void expire(std::uint64_t since_ns, Tally& tally) { open_.expire(since_ns, tally); }

 private:
  const LoadPlan& plan_;
  const Questions& questions_;
  OpenQuestions open_;
  int socket_ = -1;
  std::vector<std::uint8_t> in_;
  std::size_t held_ = 0;
};

std::uint64_t ns(double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); }

}  // namespace

Tally load_tcp(const LoadPlan& plan, const Questions& questions) {
  std::vector<std::unique_ptr<Connection>> connections;
  const unsigned slots = std::max(1u, plan.outstanding / plan.sockets);
  Tally tally;
  for (unsigned i = 0; i < plan.sockets; ++i) {
    connections.push_back(std::make_unique<Connection>(plan, slots, questions));
    connections.back()->connect(0, true);
  }
  std::size_t next = 0;
  const std::uint64_t start = now_ns(), stop = start + ns(plan.seconds), end = stop + ns(plan.patience);
  const auto waiting = [](const auto& connection) { return connection->waiting(); };
  for (std::uint64_t now = start; now < end; now = now_ns()) {
    if (now >= stop && tally.seconds == 0) tally.seconds = static_cast<double>(now - start) / 1e9;
    if (now >= stop && std::none_of(connections.begin(), connections.end(), waiting)) break;
    for (auto& connection : connections) {
      if (connection->connected()) connection->receive(tally);
      if (now >= stop) continue;
      if (!connection->connected() && !connection->connect(0, true))
        return ++tally.broken, tally.seconds = 1, tally;
      if (!connection->full()) connection->send(next, tally);
    }
  }
  for (auto& connection : connections) connection->expire(UINT64_MAX, tally);
  return tally;
}

Tally load_tcp_each(const LoadPlan& plan, const Questions& questions) {
  const int epoll = ::epoll_create1(0);
  std::vector<std::unique_ptr<Connection>> connections;
  for (unsigned i = 0; i < plan.sockets; ++i)
    connections.push_back(std::make_unique<Connection>(plan, 1, questions));
  Tally tally;
  std::uint64_t made = 0;
  std::size_t next = 0;
  const auto begin = [&](Connection& connection) {
    if (!connection.connect(made++, false)) return void(++tally.broken);
    epoll_event event{};
    event.events = EPOLLOUT;
    event.data.ptr = &connection;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, connection.descriptor(), &event);
  };
  const std::uint64_t start = now_ns(), stop = start + ns(plan.seconds), end = stop + ns(plan.patience);
  std::uint64_t look = start;
  std::array<epoll_event, 64> events{};
  std::size_t running = 1;
  for (std::uint64_t now = start; now < end && running != 0; now = now_ns()) {
    running = 0;
    if (now >= stop && tally.seconds == 0) tally.seconds = static_cast<double>(now - start) / 1e9;
    for (auto& connection : connections) {
      if (now >= look && connection->waiting()) {
        connection->expire(now - std::min(now, ns(plan.patience)), tally);
        if (!connection->waiting()) connection->hang_up();
      }
      if (!connection->connected() && now < stop) begin(*connection);
      running += connection->connected();
    }
    if (now >= look) look = now + 20'000'000;
    // Without waiting: a sleeping loader would have to be woken at the server's cost.
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
      auto& event = events[static_cast<unsigned>(i)];
      auto& connection = *static_cast<Connection*>(event.data.ptr);
      if (connection.waiting()) {
        connection.receive(tally);
        if (connection.connected() && !connection.waiting()) connection.hang_up();
      } else {
        connection.send(next, tally);
        if (!connection.connected()) continue;
        event.events = EPOLLIN;
        ::epoll_ctl(epoll, EPOLL_CTL_MOD, connection.descriptor(), &event);
      }
    }
  }
  for (auto& connection : connections) connection->expire(UINT64_MAX, tally);
  ::close(epoll);
  return tally;
}

}  // namespace doors::bench
