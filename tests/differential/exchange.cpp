#include "tests/differential/exchange.h"

#include <cassert>
#include <cerrno>
#include <chrono>
#include <deque>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zones/base/file.h"

namespace doors::test {

namespace {

using namespace std::chrono_literals;

constexpr int attempts = 5;
constexpr std::chrono::milliseconds patience = 500ms;
constexpr std::size_t udp_in_flight = 100;
constexpr std::size_t tcp_in_flight = 20;  // below what a peer queues for one connection

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}
const sockaddr* as_sockaddr(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

UniqueFd connected(int kind, std::uint16_t port) {
  UniqueFd fd(socket(AF_INET, kind | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (connect(fd.get(), as_sockaddr(address), sizeof address) != 0) return UniqueFd();
  return fd;
}

bool readable(int fd, std::chrono::milliseconds within) {
  pollfd waiting{fd, POLLIN, 0};
  return poll(&waiting, 1, static_cast<int>(within.count())) == 1;
}

/// Which queries are still to be sent, and where the replies go.
class Book {
 public:
  explicit Book(std::vector<Message>& queries) : replies_(queries.size()), left_(queries.size()) {
    assert(queries.size() <= 65'536);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      store_u16(queries[i].data(), static_cast<std::uint16_t>(i));
      waiting_.push_back(i);
    }
  }
  [[nodiscard]] std::size_t left() const { return left_; }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] bool has_waiting() {
    while (!waiting_.empty() && !replies_[waiting_.front()].empty()) waiting_.pop_front();
    return !waiting_.empty();
  }
  /// After has_waiting().
  std::size_t next() {
    const std::size_t place = waiting_.front();
    waiting_.pop_front();
    ++in_flight_;
    return place;
  }
  void take(Octets reply) {
    if (reply.size() < 12) return;
    const std::size_t place = load_u16(reply.data());
    if (place >= replies_.size() || !replies_[place].empty()) return;  // a second reply, to a repetition
    replies_[place].assign(reply.begin(), reply.end());
    --left_;
    if (in_flight_ > 0) --in_flight_;
  }
  /// What was sent and not answered is to be sent again.
  void send_again() {
    waiting_.clear();
    in_flight_ = 0;
    for (std::size_t i = 0; i < replies_.size(); ++i) {
      if (replies_[i].empty()) waiting_.push_back(i);
    }
  }
  std::vector<Message> give() { return std::move(replies_); }

 private:
  std::vector<Message> replies_;
  std::size_t left_;
  std::size_t in_flight_ = 0;
  std::deque<std::size_t> waiting_;
};

}  // namespace

std::uint16_t free_port() {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const UniqueFd udp(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const UniqueFd tcp(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    if (bind(udp.get(), as_sockaddr(address), sizeof address) != 0) continue;
    if (getsockname(udp.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) continue;
    if (bind(tcp.get(), as_sockaddr(address), sizeof address) == 0) return ntohs(address.sin_port);
  }
  throw std::runtime_error("no free port");
}

std::vector<Message> ask_all_over_udp(std::uint16_t port, std::vector<Message> queries) {
  Book book(queries);
  const UniqueFd fd = connected(SOCK_DGRAM, port);
  Message buffer(65'535);
  for (int attempt = 0; fd && book.left() > 0 && attempt < attempts;) {
    while (book.has_waiting() && book.in_flight() < udp_in_flight) {
      const Message& query = queries[book.next()];
      (void)send(fd.get(), query.data(), query.size(), 0);  // where nobody listens, the reply is missing
    }
    if (!readable(fd.get(), patience)) {
      ++attempt;
      book.send_again();
      continue;
    }
    for (ssize_t got = 0; (got = recv(fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT)) >= 0;) {
      book.take(Octets(buffer).first(static_cast<std::size_t>(got)));
    }
  }
  return book.give();
}

std::vector<Message> ask_all_over_tcp(std::uint16_t port, std::vector<Message> queries) {
  Book book(queries);
  Message buffer(256 * 1024);
  std::size_t left_before = 0;
  for (int attempt = 0; book.left() > 0 && attempt < attempts; ++attempt) {
    if (book.left() != left_before) attempt = 0;  // the last connection brought something
    left_before = book.left();
    book.send_again();
    const UniqueFd fd = connected(SOCK_STREAM, port);
    if (!fd) continue;
    Message got;
    while (book.left() > 0) {
      Message out;
      while (book.has_waiting() && book.in_flight() < tcp_in_flight) {
        const Message& query = queries[book.next()];
        const std::size_t at = out.size();
        out.resize(at + 2);
        store_u16(out.data() + at, static_cast<std::uint16_t>(query.size()));
        out.insert(out.end(), query.begin(), query.end());
      }
      if (!write_all(fd.get(), out) || !readable(fd.get(), 10 * patience)) break;
      const ssize_t octets = read(fd.get(), buffer.data(), buffer.size());
      if (octets <= 0) break;
      got.insert(got.end(), buffer.begin(), buffer.begin() + octets);
      std::size_t at = 0;
      while (got.size() - at >= 2 && got.size() - at - 2 >= load_u16(&got[at])) {
        const std::size_t size = load_u16(&got[at]);
        book.take(Octets(got).subspan(at + 2, size));
        at += 2 + size;
      }
      got.erase(got.begin(), got.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  return book.give();
}

}  // namespace doors::test
