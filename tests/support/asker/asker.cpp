#include "tests/support/asker/asker.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/support/asker/book.h"
#include "zones/base/file.h"

namespace doors::asker {
namespace {

constexpr std::size_t most_per_turn = 256;  // queries sent before answers are read again

std::int64_t now_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Result<UniqueFd> connected_socket(const Plan& plan) {
  const int kind = plan.tcp ? SOCK_STREAM : SOCK_DGRAM;
  UniqueFd fd(::socket(plan.server.address.ss_family, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system_failure("cannot make a socket", errno);
  const int on = 1;
  const int room = 1 << 20;
  if (plan.tcp) (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (plan.source.size != 0 &&
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&plan.source.address), plan.source.size) != 0) {
    return system_failure("cannot bind", errno);
  }
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&plan.server.address), plan.server.size) != 0 &&
      errno != EINPROGRESS) {
    return system_failure("cannot connect", errno);
  }
  return fd;
}

/// One socket: a UDP socket, or a TCP connection with what waits to be written and read.
class Line {
 public:
  Line(const Plan& plan, unsigned number, UniqueFd fd) : plan_(plan), number_(number), fd_(std::move(fd)) {}

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] unsigned number() const noexcept { return number_; }

  /// False: the kernel did not take it.
  bool send(Octets message) {
    if (!plan_.tcp) {
      // An ICMP error of an earlier query is reported here, and then over: this one is tried again.
      return ::send(fd(), message.data(), message.size(), 0) >= 0 ||
             ::send(fd(), message.data(), message.size(), 0) >= 0;
    }
    if (unsent_.size() > max_unsent) return false;
    std::array<std::byte, 2> length{};
    store_u16(length.data(), static_cast<std::uint16_t>(message.size()));
    unsent_.insert(unsent_.end(), length.begin(), length.end());
    unsent_.insert(unsent_.end(), message.begin(), message.end());
    return flush();
  }
  /// Writes what waits. False: the connection is gone.
  bool flush() {
    while (!unsent_.empty()) {
      const ssize_t written = ::send(fd(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (written < 0) return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
      unsent_.erase(unsent_.begin(), unsent_.begin() + written);
    }
    return true;
  }
  /// Reads all that is there. False: the connection is gone.
  bool receive(Book& book) {
    for (;;) {
      const ssize_t got = ::recv(fd(), room_.data(), room_.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return !plan_.tcp || errno == EAGAIN || errno == ENOTCONN;
      const Octets octets(room_.data(), static_cast<std::size_t>(got));
      if (!plan_.tcp) {
        book.arrived(number_, octets, now_ns());
        continue;
      }
      if (got == 0) return false;
      unread_.insert(unread_.end(), octets.begin(), octets.end());
      take_messages(book);
    }
  }
  /// Starts over with another connection, or without one.
  void reopen(UniqueFd fd) {
    fd_ = std::move(fd);
    unsent_.clear();
    unread_.clear();
  }

 private:
  static constexpr std::size_t max_unsent = 1 << 20;

  void take_messages(Book& book) {
    std::size_t taken = 0;
    while (unread_.size() - taken >= 2) {
      const std::size_t length = load_u16(unread_.data() + taken);
      if (unread_.size() - taken < 2 + length) break;
      book.arrived(number_, Octets(unread_).subspan(taken + 2, length), now_ns());
      taken += 2 + length;
    }
    unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(taken));
  }

  const Plan& plan_;
  unsigned number_;
  UniqueFd fd_;
  std::vector<std::byte> unsent_;  // TCP
  std::vector<std::byte> unread_;  // TCP
  std::array<std::byte, 65536> room_{};
};

class Asker {
 public:
  Asker(const Plan& plan, const std::atomic<bool>& stop) : plan_(plan), stop_(stop), book_(plan) {}

  Result<Outcome> run() {
    if (!poll_) return system_failure("cannot make an epoll", errno);
    for (unsigned number = 0; number < plan_.sockets; ++number) {
      auto fd = connected_socket(plan_);
      if (!fd) return Unexpected(fd.error());
      lines_.push_back(std::make_unique<Line>(plan_, number, std::move(*fd)));
      watch(*lines_.back());
    }
    const std::int64_t start = now_ns();
    const double step_ns = 1e9 / plan_.rate;
    while (!stop_ && book_.sent() < plan_.count) {
      const std::int64_t now = now_ns();
      const auto due =
          std::min(plan_.count, static_cast<std::uint64_t>(static_cast<double>(now - start) / step_ns) + 1);
      for (std::size_t turn = 0; book_.sent() < due && turn < most_per_turn; ++turn) send_next();
      const auto next_ns = start + static_cast<std::int64_t>(static_cast<double>(book_.sent()) * step_ns);
      receive_until(next_ns);
    }
    const std::int64_t give_up = now_ns() + std::chrono::nanoseconds(plan_.timeout).count();
    while (!book_.complete() && now_ns() < give_up) receive_until(give_up, true);
    return book_.take();
  }

 private:
  void watch(Line& line) {
    epoll_event event{};
    event.events = EPOLLIN | (plan_.tcp ? static_cast<std::uint32_t>(EPOLLOUT | EPOLLET) : 0u);
    event.data.ptr = &line;
    (void)::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, line.fd(), &event);
  }
  void send_next() {
    Line& line = *lines_[book_.sent() % plan_.sockets];
    const QueryMessage message = book_.next(now_ns());
    if (line.fd() < 0) reopen(line);
    if (line.fd() >= 0 && line.send(message.view())) return;
    book_.not_taken();
    if (plan_.tcp) line.reopen(UniqueFd());
  }
  /// A lost connection is opened again when it is its turn to ask, so a closed port is tried no faster than
  /// that.
  void reopen(Line& line) {
    auto fd = connected_socket(plan_);
    if (!fd) return;
    line.reopen(std::move(*fd));
    book_.reconnected();
    watch(line);
  }
  /// Reads answers as they come, until `deadline_ns` (or, with `one_round`, until some have come).
  void receive_until(std::int64_t deadline_ns, bool one_round = false) {
    std::array<epoll_event, 64> events;
    for (;;) {
      const std::int64_t left = std::max<std::int64_t>(deadline_ns - now_ns(), 0);
      const timespec wait{.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
      const int ready =
          ::epoll_pwait2(poll_.get(), events.data(), static_cast<int>(events.size()), &wait, nullptr);
      for (int i = 0; i < ready; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        Line& line = *static_cast<Line*>(event.data.ptr);
        const bool written = (event.events & EPOLLOUT) == 0 || line.flush();
        const bool read = line.receive(book_);
        if (plan_.tcp && !(written && read)) line.reopen(UniqueFd());
      }
      if (one_round || stop_ || now_ns() >= deadline_ns) return;
    }
  }

  const Plan& plan_;
  const std::atomic<bool>& stop_;
  Book book_;
  UniqueFd poll_{::epoll_create1(EPOLL_CLOEXEC)};
  std::vector<std::unique_ptr<Line>> lines_;
};

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& text, std::uint16_t port) {
  std::string host = text;
  std::string service;
  if (!text.empty() && text[0] == '[') {
    const auto end = text.find(']');
    if (end == std::string::npos) return failure("no ] in " + text);
    host = text.substr(1, end - 1);
    if (end + 1 < text.size()) service = text.substr(end + 1);
    if (!service.empty() && service[0] != ':') return failure("no port in " + text);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    service = text.substr(colon);
  }
  if (!service.empty()) {
    const char* const end = service.data() + service.size();
    const auto [at, problem] = std::from_chars(service.data() + 1, end, port);
    if (problem != std::errc{} || at != end) return failure("no port in " + text);
  }
  Endpoint endpoint;
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&endpoint.address);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&endpoint.address);
  if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    endpoint.size = sizeof *v4;
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    endpoint.size = sizeof *v6;
  } else {
    return failure("no IP address: " + text);
  }
  return endpoint;
}

Result<Outcome> run(const Plan& plan, const std::atomic<bool>& stop) { return Asker(plan, stop).run(); }

}  // namespace doors::asker
