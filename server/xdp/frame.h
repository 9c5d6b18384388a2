#pragma once

#include <cstddef>
#include <cstdint>

#include "server/answer/client.h"
#include "zones/base/octets.h"

namespace doors {

/// Where the parts of a UDP datagram lie in its Ethernet frame:
///
///     Ethernet 14 │ 802.1Q tag 0 or 4 │ IPv4 20 or IPv6 40 │ UDP 8 │ message
///     0                               ip                   udp     udp + 8
///
/// Nothing else is taken: no second tag, no IPv4 options, no IPv6 extension headers, no fragments.
struct FrameParts {
  std::uint16_t ip = 0;
  std::uint16_t udp = 0;
  std::uint16_t message_octets = 0;
  bool ipv6 = false;

  [[nodiscard]] std::size_t message() const noexcept { return udp + std::size_t{8}; }
};

/// What is in a frame that the program in the kernel took.
enum class FrameVerdict : std::uint8_t {
  datagram,
  malformed,     ///< nothing that FrameParts can describe, or its lengths or checksums are wrong
  wrong_source,  ///< an address that nobody can be answered at: group, broadcast, loopback, none
  port_zero,     ///< the source port is 0
};

/// Takes a frame apart and checks it as the kernel does before a socket sees its datagram: lengths, IPv4 and
/// UDP checksums, source address and port. A UDP checksum that holds the sum of the pseudo header alone is
/// right too: a neighbour on this machine (veth) leaves the rest to hardware that it does not have. `parts`
/// means something with `datagram` alone. Any octets; pure. RFC 791, 768, 8200 §8.1, 1122 §4.1.3.6.
[[nodiscard]] FrameVerdict parse_frame(Octets frame, FrameParts& parts) noexcept;

/// Who sent it, of a frame that was taken apart.
[[nodiscard]] Client client_of(Octets frame, const FrameParts& parts) noexcept;

/// Makes the frame of a query that of its response, the `response_octets` of which lie where the query's
/// message lay: back to who sent it, addresses and ports exchanged, lengths, hop limit and checksums made
/// anew, the VLAN tag as it was. `frame` reaches to the end of the response at least. Gives the frame's
/// length.
std::size_t turn_frame(MutableOctets frame, const FrameParts& parts, std::size_t response_octets) noexcept;

}  // namespace doors
