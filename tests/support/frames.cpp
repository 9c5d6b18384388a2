#include "tests/support/frames.h"

#include <array>

#include <arpa/inet.h>

namespace doors {

namespace {

std::string number16(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::size_t at16(const std::string& text, std::size_t at) {
  return static_cast<std::uint8_t>(text.at(at)) * std::size_t{256} +
         static_cast<std::uint8_t>(text.at(at + 1));
}

std::string address_octets(const std::string& text, bool ipv6) {
  std::array<char, 16> address{};
  if (::inet_pton(ipv6 ? AF_INET6 : AF_INET, text.c_str(), address.data()) != 1) return {};
  return {address.data(), ipv6 ? std::size_t{16} : std::size_t{4}};
}

std::string address_text(const std::string& octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(octets.size() == 16 ? AF_INET6 : AF_INET, octets.data(), text.data(), text.size());
  return text.data();
}

std::uint16_t udp_checksum(const std::string& addresses, const std::string& udp) {
  return naive_checksum(octets_of(addresses + number16(17) + number16(udp.size()) + udp));
}

}  // namespace

std::uint16_t naive_checksum(Octets octets, std::uint32_t start) {
  std::uint32_t sum = start;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const auto octet = std::to_integer<std::uint32_t>(octets[i]);
    sum += i % 2 == 0 ? octet << 8 : octet;
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

std::vector<std::byte> octets_of(const TestFrame& frame) {
  const std::string addresses =
      address_octets(frame.source, frame.ipv6) + address_octets(frame.destination, frame.ipv6);
  std::string udp = number16(frame.source_port) + number16(frame.destination_port) +
                    number16(frame.message.size() + 8) + number16(0) + frame.message;
  const std::uint16_t sum = udp_checksum(addresses, udp);
  udp.replace(6, 2, number16(sum == 0 ? 0xffff : sum));

  std::string ip;
  if (frame.ipv6) {
    ip = std::string("\x60\x00\x00\x00", 4) + number16(udp.size()) + '\x11' +
         static_cast<char>(frame.hop_limit) + addresses;
  } else {
    ip = std::string("\x45\x00", 2) + number16(20 + udp.size()) + number16(0x1234) + number16(0x4000) +
         static_cast<char>(frame.hop_limit) + '\x11' + number16(0) + addresses;
    ip.replace(10, 2, number16(naive_checksum(octets_of(ip))));
  }
  std::string all = frame.to_mac + frame.from_mac;
  if (frame.tag) all += number16(0x8100) + number16(*frame.tag);
  all += number16(frame.ipv6 ? 0x86dd : 0x0800) + ip + udp;
  const Octets octets = octets_of(all);
  return {octets.begin(), octets.end()};
}

std::optional<TestFrame> read_frame(Octets octets) {
  const std::string all(text_of(octets));
  if (all.size() < 14) return std::nullopt;
  TestFrame frame;
  frame.to_mac = all.substr(0, 6);
  frame.from_mac = all.substr(6, 6);
  std::size_t ip = 14;
  if (at16(all, 12) == 0x8100) {
    if (all.size() < 18) return std::nullopt;
    frame.tag = static_cast<std::uint16_t>(at16(all, 14));
    ip = 18;
  }
  const std::size_t type = at16(all, ip - 2);
  frame.ipv6 = type == 0x86dd;
  const std::size_t header = frame.ipv6 ? 40 : 20;
  if ((!frame.ipv6 && type != 0x0800) || all.size() < ip + header + 8) return std::nullopt;
  std::string addresses;
  if (frame.ipv6) {
    if (all[ip] != '\x60' || all[ip + 6] != '\x11' || at16(all, ip + 4) != all.size() - ip - 40)
      return std::nullopt;
    frame.hop_limit = static_cast<std::uint8_t>(all[ip + 7]);
    addresses = all.substr(ip + 8, 32);
  } else {
    if (all[ip] != '\x45' || all[ip + 9] != '\x11' || at16(all, ip + 2) != all.size() - ip ||
        (at16(all, ip + 6) & 0x3fff) != 0 || naive_checksum(octets_of(all.substr(ip, 20))) != 0) {
      return std::nullopt;
    }
    frame.hop_limit = static_cast<std::uint8_t>(all[ip + 8]);
    addresses = all.substr(ip + 12, 8);
  }
  const std::string udp = all.substr(ip + header);
  if (at16(udp, 4) != udp.size() || at16(udp, 6) == 0 || udp_checksum(addresses, udp) != 0)
    return std::nullopt;
  frame.source = address_text(addresses.substr(0, addresses.size() / 2));
  frame.destination = address_text(addresses.substr(addresses.size() / 2));
  frame.source_port = static_cast<std::uint16_t>(at16(udp, 0));
  frame.destination_port = static_cast<std::uint16_t>(at16(udp, 2));
  frame.message = udp.substr(8);
  return frame;
}

}  // namespace doors
