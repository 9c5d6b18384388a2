// The floor of AF_XDP: gives each query back as its own response, in its frame, with doord's sockets and its
// program in the kernel, so that what it costs is what they and the kernel cost. It looks at nothing: frames
// are IPv4 without a VLAN tag. It waits in poll() alone, where doord sleeps a moment when queries come close
// together.
//
//     bench_xdp_echo INTERFACE ADDRESS PORT
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>

#include "server/xdp/batch.h"
#include "server/xdp/kernel_program.h"
#include "server/xdp/link.h"
#include "server/xdp/socket.h"

namespace {

using namespace doors;

constexpr std::size_t ip_source = 26;
constexpr std::size_t udp = 34;
constexpr std::size_t message = 42;

[[noreturn]] void give_up(const Error& error) {
  std::fprintf(stderr, "bench_xdp_echo: %s\n", error.message.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error());
  return *std::move(result);
}
void must_have(const Result<void>& result) {
  if (!result) give_up(result.error());
}

/// Addresses and ports change places, which is nothing to the checksums; QR and AA are told to that of UDP
/// (RFC 1624).
void turn(std::byte* frame) {
  std::swap_ranges(frame, frame + 6, frame + 6);
  std::swap_ranges(frame + ip_source, frame + ip_source + 4, frame + ip_source + 4);
  std::swap_ranges(frame + udp, frame + udp + 2, frame + udp + 2);
  const unsigned before = load_u16(frame + message + 2);
  const unsigned after = before | 0x8400u;
  store_u16(frame + message + 2, static_cast<std::uint16_t>(after));
  unsigned sum = (~unsigned{load_u16(frame + udp + 6)} & 0xffffu) + (~before & 0xffffu) + after;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  store_u16(frame + udp + 6, static_cast<std::uint16_t>(~sum));
}

[[noreturn]] void echo(XdpSocket& socket) {
  std::array<XdpFrame, XdpBatch::size> frames{};
  for (;;) {
    const std::size_t received = socket.receive(frames);
    if (received == 0) {
      pollfd event{socket.fd(), POLLIN, 0};
      ::poll(&event, 1, socket.unsent() ? 1 : 100);
      socket.refill();
      continue;
    }
    if (socket.unsent()) socket.kick();
    const std::span<XdpFrame> batch(frames.data(), received);
    for (const XdpFrame& frame : batch) turn(frame.data);
    socket.send(batch);
    socket.refill();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_xdp_echo INTERFACE ADDRESS PORT\n");
    return 2;
  }
  const std::string interface = argv[1];
  const auto address = must(Endpoint::parse(std::string(argv[2]) + ":" + argv[3]));
  const auto link = look_at_link(interface);
  if (!link) give_up({"no interface " + interface});
  const auto program = must(XdpProgram::attach(link->index, interface, XdpSettings::Mode::native));
  std::vector<std::unique_ptr<XdpSocket>> sockets;
  std::vector<std::thread> threads;
  for (std::uint32_t queue = 0; queue < link->queues; ++queue) {
    sockets.push_back(
        must(XdpSocket::open({interface, queue, link->mtu, XdpSettings{}.ring, program->native()})));
    threads.emplace_back([&socket = *sockets.back()] { echo(socket); });
    must_have(program->set_socket(queue, sockets.back()->fd()));
  }
  must_have(program->set_addresses({address}));
  for (std::thread& thread : threads) thread.join();
}
