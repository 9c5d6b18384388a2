// Any octets as an Ethernet frame that the program in the kernel let through. What is taken for a datagram
// must lie in the frame, and its response must be a right frame for an independent reader, back to where the
// query came from.
//   input: octets of the response, in hundreds (1) | 1: make the checksums right first (1) | frame
#include "tests/support/frames.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "server/xdp/frame.h"

namespace {

using namespace doors;

void must(bool fine) {
  if (!fine) std::abort();
}

constexpr std::size_t room = 4096;

/// Puts right checksums into what looks like a datagram: by chance they never are.
void mend(std::vector<std::byte>& frame) {
  const std::size_t ip = frame.size() > 18 && load_u16(&frame[12]) == 0x8100 ? 18 : 14;
  const bool ipv6 = frame.size() > ip && load_u16(&frame[ip - 2]) == 0x86dd;
  const std::size_t udp = ip + (ipv6 ? 40 : 20);
  if (frame.size() < udp + 8) return;
  if (!ipv6) {
    store_u16(&frame[ip + 10], 0);
    store_u16(&frame[ip + 10], naive_checksum(Octets(frame).subspan(ip, 20)));
  }
  const std::size_t length = load_u16(&frame[udp + 4]);
  if (length < 8 || length > frame.size() - udp) return;
  store_u16(&frame[udp + 6], 0);
  const std::size_t addresses = ipv6 ? 32 : 8;
  std::vector<std::byte> summed(frame.begin() + static_cast<std::ptrdiff_t>(udp - addresses),
                                frame.begin() + static_cast<std::ptrdiff_t>(udp + length));
  const std::uint32_t rest = 17 + static_cast<std::uint32_t>(length);
  const std::uint16_t sum = naive_checksum(summed, rest);
  store_u16(&frame[udp + 6], sum == 0 ? std::uint16_t{0xffff} : sum);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > room / 2) return 0;
  const std::size_t wanted = 12 + data[0] % 12 * std::size_t{100} + data[0] / 12;
  std::vector<std::byte> frame(reinterpret_cast<const std::byte*>(data) + 2,
                               reinterpret_cast<const std::byte*>(data) + size);
  if ((data[1] & 1u) != 0) mend(frame);
  FrameParts parts;
  if (parse_frame(frame, parts) != FrameVerdict::datagram) return 0;
  must(parts.message() + parts.message_octets <= frame.size());
  must(parts.ip == 14 || parts.ip == 18);
  const Client client = client_of(frame, parts);
  must(client.port != 0);

  const std::vector<std::byte> query = frame;
  frame.resize(room);
  std::string response(wanted, '\0');
  for (std::size_t i = 0; i < wanted; ++i) response[i] = static_cast<char>(data[i % size] + i);
  for (std::size_t i = 0; i < wanted; ++i) frame[parts.message() + i] = static_cast<std::byte>(response[i]);
  frame.resize(turn_frame(frame, parts, wanted));
  const auto sent = read_frame(frame);
  must(sent.has_value());
  must(sent->message == response && sent->destination_port == client.port);
  must(sent->to_mac == text_of(Octets(query).subspan(6, 6)) &&
       sent->from_mac == text_of(Octets(query).first(6)));
  must(sent->ipv6 == parts.ipv6 && sent->tag.has_value() == (parts.ip == 18));
  must(sent->source_port == load_u16(&query[parts.udp + std::size_t{2}]));
  return 0;
}
