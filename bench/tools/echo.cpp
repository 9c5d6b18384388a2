// The floor: gives each query back as its own response, so that what it costs is what the kernel costs.
//
//     bench_echo ADDRESS:PORT plain     a recvfrom() and a sendto() for each datagram, blocking
//     bench_echo ADDRESS:PORT batch     recvmmsg() and sendmmsg() of up to 32
//     bench_echo ADDRESS:PORT tcp       TCP by epoll, any number of connections
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/tools/options.h"

namespace {

constexpr unsigned batch = 32;

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

int bound(int type, sockaddr_in address) {
  const int fd = ::socket(AF_INET, type, 0);
  const int one = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
    give_up("bench_echo");
  return fd;
}

/// Turns the query into a response, with AA.
void answer(std::uint8_t* message) { message[2] |= 0x84; }

void echo_one(int fd) {
  std::array<std::uint8_t, 4096> message;
  sockaddr_in from{};
  socklen_t size = sizeof(from);
  const ssize_t got =
      ::recvfrom(fd, message.data(), message.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
  if (got < 12) return;
  answer(message.data());
  ::sendto(fd, message.data(), static_cast<std::size_t>(got), 0, reinterpret_cast<sockaddr*>(&from), size);
}

[[noreturn]] void echo_batches(int fd) {
  static std::array<std::array<std::uint8_t, 4096>, batch> messages;
  std::array<sockaddr_in, batch> peers{};
  std::array<iovec, batch> parts{};
  std::array<mmsghdr, batch> heads{};
  for (;;) {
    for (unsigned i = 0; i < batch; ++i) {
      parts[i] = {messages[i].data(), messages[i].size()};
      heads[i].msg_hdr = {&peers[i], sizeof(peers[i]), &parts[i], 1, nullptr, 0, 0};
    }
    const int got = ::recvmmsg(fd, heads.data(), batch, MSG_WAITFORONE, nullptr);
    if (got <= 0) continue;
    for (unsigned i = 0; i < static_cast<unsigned>(got); ++i) {
      parts[i].iov_len = heads[i].msg_len;
      answer(messages[i].data());
    }
    ::sendmmsg(fd, heads.data(), static_cast<unsigned>(got), 0);
  }
}

/// Gives back the whole messages among what came; `rest` keeps the part of one that came at the end.
void echo_stream(int fd, std::vector<std::uint8_t>& rest) {
  static std::array<std::uint8_t, 1 << 17> in;
  std::copy(rest.begin(), rest.end(), in.begin());
  const ssize_t got = ::recv(fd, in.data() + rest.size(), in.size() - rest.size(), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    rest.clear();
    ::close(fd);
    return;
  }
  const std::size_t size = rest.size() + static_cast<std::size_t>(got);
  std::size_t whole = 0;
  while (size - whole >= 2) {
    const auto message = static_cast<std::size_t>(in[whole] << 8 | in[whole + 1]);
    if (message < 12 || size - whole - 2 < message) break;
    answer(in.data() + whole + 2);
    whole += 2 + message;
  }
  if (whole != 0) ::send(fd, in.data(), whole, MSG_NOSIGNAL);
  rest.assign(in.data() + whole, in.data() + size);
}

[[noreturn]] void echo_streams(int listener) {
  std::vector<std::vector<std::uint8_t>> rests(65536);
  const int epoll = ::epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  if (::listen(listener, 1024) != 0 || ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0)
    give_up("listen");
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int ready = events[static_cast<unsigned>(i)].data.fd;
      if (ready != listener) {
        echo_stream(ready, rests[static_cast<std::size_t>(ready)]);
        continue;
      }
      for (int fd = 0; (fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
        const int one = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        event.data.fd = fd;
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc == 3 ? argv[2] : "";
  if (mode != "plain" && mode != "batch" && mode != "tcp") {
    std::fputs("bench_echo ADDRESS:PORT plain|batch|tcp\n", stderr);
    return 2;
  }
  const int fd =
      bound(mode == "tcp" ? SOCK_STREAM | SOCK_NONBLOCK : SOCK_DGRAM, doors::bench::address_of(argv[1]));
  if (mode == "tcp") echo_streams(fd);
  if (mode == "batch") echo_batches(fd);
  for (;;) echo_one(fd);
}
