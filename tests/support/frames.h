#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zones/base/octets.h"

namespace doors {

/// A UDP datagram in its Ethernet frame, as a table of what is in it; and a second, naive reader and writer
/// of such frames, that shares no code with server/xdp.
struct TestFrame {
  std::string to_mac{"\x02\x00\x00\x00\x00\x02", 6};
  std::string from_mac{"\x02\x00\x00\x00\x00\x01", 6};
  std::optional<std::uint16_t> tag{};  ///< 802.1Q: priority and VLAN
  bool ipv6 = false;
  std::string source{"192.0.2.7"};  ///< as inet_pton() takes it
  std::string destination{"192.0.2.53"};
  std::uint16_t source_port = 40000;
  std::uint16_t destination_port = 53;
  std::string message{};
  std::uint8_t hop_limit = 57;
};

/// Its octets, checksums and all.
std::vector<std::byte> octets_of(const TestFrame& frame);
/// Reads a frame; nothing if anything in it is wrong: lengths that do not fit exactly, checksums (that of UDP
/// has to be there), options, fragments.
std::optional<TestFrame> read_frame(Octets octets);
/// The one's complement sum of 16-bit words, one after the other, as RFC 1071 §4.1 has it.
std::uint16_t naive_checksum(Octets octets, std::uint32_t start = 0);

}  // namespace doors
