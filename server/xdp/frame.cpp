#include "server/xdp/frame.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "server/xdp/checksum.h"

namespace doors {

namespace {

constexpr std::size_t mac_octets = 6;
constexpr std::size_t ethernet_octets = 14;
constexpr std::size_t tag_octets = 4;
constexpr std::size_t ipv4_octets = 20;
constexpr std::size_t ipv6_octets = 40;
constexpr std::size_t udp_octets = 8;
constexpr std::size_t udp_checksum = 6;  // where it stands in the UDP header
constexpr std::size_t ipv4_addresses = 12;
constexpr std::size_t ipv6_addresses = 8;

constexpr std::uint16_t ether_ipv4 = 0x0800;
constexpr std::uint16_t ether_ipv6 = 0x86dd;
constexpr std::uint16_t ether_tag = 0x8100;
constexpr std::uint8_t protocol_udp = 17;
/// Of a response: as far as the kernel's own packets go.
constexpr std::byte hop_limit{64};

std::uint8_t octet(const std::byte* at) noexcept { return std::to_integer<std::uint8_t>(*at); }

/// What is added to the sum of a datagram (RFC 768, RFC 8200 §8.1). The order of the two addresses is nothing
/// to a sum.
InternetChecksum pseudo_header(const std::byte* frame, const FrameParts& parts,
                               std::size_t udp_length) noexcept {
  InternetChecksum sum;
  const std::byte* ip = frame + parts.ip;
  sum.add(parts.ipv6 ? Octets(ip + ipv6_addresses, 32) : Octets(ip + ipv4_addresses, 8));
  sum.add_number(protocol_udp);
  sum.add_number(static_cast<std::uint16_t>(udp_length));
  return sum;
}

bool checksum_is_right(const std::byte* frame, const FrameParts& parts) noexcept {
  std::uint16_t field = 0;
  std::memcpy(&field, frame + parts.udp + udp_checksum, sizeof field);
  if (field == 0) return !parts.ipv6;  // none was made: allowed over IPv4 alone (RFC 8200 §8.1)
  const std::size_t length = udp_octets + parts.message_octets;
  InternetChecksum sum = pseudo_header(frame, parts, length);
  if (field == sum.folded()) return true;  // left to hardware
  sum.add({frame + parts.udp, length});
  return sum.folded() == 0xffff;
}

/// RFC 1122 §3.2.1.3, RFC 6890: what is never a source on a wire.
bool ipv4_source_is_wrong(const std::byte* address) noexcept {
  const unsigned first = octet(address);
  return first == 0 || first == 127 || first >= 224;
}

bool ipv6_source_is_wrong(const std::byte* address) noexcept {
  if (octet(address) == 0xff) return true;
  const bool ten_zero = std::all_of(address, address + 10, [](std::byte one) { return one == std::byte{0}; });
  if (!ten_zero) return false;
  const std::uint16_t middle = load_u16(address + 10);
  if (middle == 0xffff) return true;                  // an IPv4 address in disguise
  return middle == 0 && load_u32(address + 12) <= 1;  // :: and ::1
}

/// The IP header at `parts.ip`; fills in the rest of `parts` but the message's length. Gives the octets that
/// the datagram has with its UDP header, 0 if it is nothing we take.
std::size_t parse_ip(Octets frame, std::uint16_t ether_type, FrameParts& parts) noexcept {
  const std::byte* ip = frame.data() + parts.ip;
  const std::size_t left = frame.size() - parts.ip;
  parts.ipv6 = ether_type == ether_ipv6;
  if (parts.ipv6) {
    if (left < ipv6_octets || octet(ip) >> 4 != 6 || octet(ip + 6) != protocol_udp) return 0;
    parts.udp = static_cast<std::uint16_t>(parts.ip + ipv6_octets);
    const std::size_t length = load_u16(ip + 4);
    return length <= left - ipv6_octets ? length : 0;
  }
  if (ether_type != ether_ipv4 || left < ipv4_octets || octet(ip) != 0x45) return 0;
  if ((load_u16(ip + 6) & 0x3fff) != 0 || octet(ip + 9) != protocol_udp) return 0;  // more fragments, offset
  InternetChecksum sum;
  sum.add({ip, ipv4_octets});
  const std::size_t total = load_u16(ip + 2);
  if (sum.folded() != 0xffff || total < ipv4_octets || total > left) return 0;
  parts.udp = static_cast<std::uint16_t>(parts.ip + ipv4_octets);
  return total - ipv4_octets;
}

void make_ipv4_header(std::byte* ip, std::size_t total, std::uint16_t identification) noexcept {
  ip[1] = std::byte{0};
  store_u16(ip + 2, static_cast<std::uint16_t>(total));
  store_u16(ip + 4, identification);
  store_u16(ip + 6, 0);  // routers may fragment: their ICMP might reach another PoP
  ip[8] = hop_limit;
  store_u16(ip + 10, 0);
  InternetChecksum sum;
  sum.add({ip, ipv4_octets});
  const std::uint16_t field = sum.field();
  std::memcpy(ip + 10, &field, sizeof field);
}

}  // namespace

FrameVerdict parse_frame(Octets frame, FrameParts& parts) noexcept {
  if (frame.size() < ethernet_octets || frame.size() > 0xffff) return FrameVerdict::malformed;
  std::uint16_t ether_type = load_u16(frame.data() + 2 * mac_octets);
  parts.ip = ethernet_octets;
  if (ether_type == ether_tag) {
    if (frame.size() < ethernet_octets + tag_octets) return FrameVerdict::malformed;
    ether_type = load_u16(frame.data() + ethernet_octets + 2);
    parts.ip = ethernet_octets + tag_octets;
  }
  const std::size_t datagram = parse_ip(frame, ether_type, parts);
  if (datagram < udp_octets) return FrameVerdict::malformed;
  const std::byte* udp = frame.data() + parts.udp;
  const std::size_t length = load_u16(udp + 4);
  if (length < udp_octets || length > datagram) return FrameVerdict::malformed;
  parts.message_octets = static_cast<std::uint16_t>(length - udp_octets);
  if (!checksum_is_right(frame.data(), parts)) return FrameVerdict::malformed;
  const std::byte* ip = frame.data() + parts.ip;
  if ((octet(frame.data() + mac_octets) & 1u) != 0) return FrameVerdict::wrong_source;
  if (parts.ipv6 ? ipv6_source_is_wrong(ip + ipv6_addresses) : ipv4_source_is_wrong(ip + ipv4_addresses)) {
    return FrameVerdict::wrong_source;
  }
  return load_u16(udp) == 0 ? FrameVerdict::port_zero : FrameVerdict::datagram;
}

Client client_of(Octets frame, const FrameParts& parts) noexcept {
  Client client{};
  client.transport = Transport::udp;
  client.ipv6 = parts.ipv6;
  client.port = load_u16(frame.data() + parts.udp);
  const std::byte* ip = frame.data() + parts.ip;
  if (parts.ipv6)
    std::memcpy(client.address.data(), ip + ipv6_addresses, 16);
  else
    std::memcpy(client.address.data(), ip + ipv4_addresses, 4);
  return client;
}

std::size_t turn_frame(MutableOctets frame, const FrameParts& parts, std::size_t response_octets) noexcept {
  assert(parts.message() + response_octets <= frame.size());
  std::byte* data = frame.data();
  std::byte* ip = data + parts.ip;
  std::byte* udp = data + parts.udp;
  const std::size_t length = udp_octets + response_octets;

  std::swap_ranges(data, data + mac_octets, data + mac_octets);
  if (parts.ipv6) {
    store_u32(ip, 0x6000'0000);  // neither class nor flow
    store_u16(ip + 4, static_cast<std::uint16_t>(length));
    ip[7] = hop_limit;
    std::swap_ranges(ip + ipv6_addresses, ip + ipv6_addresses + 16, ip + ipv6_addresses + 16);
  } else {
    std::swap_ranges(ip + ipv4_addresses, ip + ipv4_addresses + 4, ip + ipv4_addresses + 4);
    // Told apart by their message's ID, should a router ever fragment them (RFC 6864).
    make_ipv4_header(ip, ipv4_octets + length, load_u16(data + parts.message()));
  }

  std::swap_ranges(udp, udp + 2, udp + 2);
  store_u16(udp + 4, static_cast<std::uint16_t>(length));
  store_u16(udp + udp_checksum, 0);
  InternetChecksum sum = pseudo_header(data, parts, length);
  sum.add({udp, length});
  const std::uint16_t computed = sum.field();
  const std::uint16_t field = computed == 0 ? std::uint16_t{0xffff} : computed;  // 0 would say: none was made
  std::memcpy(udp + udp_checksum, &field, sizeof field);
  return parts.udp + length;
}

}  // namespace doors
