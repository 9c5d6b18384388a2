#pragma once

#include <cstddef>
#include <cstdint>

#include "zones/base/octets.h"
#include "zones/dns/message_layout.h"
#include "zones/dns/types.h"

namespace doors {

/// The header_octets before every DNS message (RFC 1035 §4.1.1, RFC 2535 §6.1 for AD and CD):
///
///      0                   1                   2                   3
///     | ID                            |QR|Opcode |AA|TC|RD|RA|Z|AD|CD|RCODE |
///     | QDCOUNT                       | ANCOUNT                             |
///     | NSCOUNT                       | ARCOUNT                             |

/// The second 16-bit word of the header, bit by bit.
namespace header_bit {
inline constexpr std::uint16_t qr = 0x8000;
inline constexpr std::uint16_t aa = 0x0400;
inline constexpr std::uint16_t tc = 0x0200;
inline constexpr std::uint16_t rd = 0x0100;
inline constexpr std::uint16_t ra = 0x0080;
inline constexpr std::uint16_t z = 0x0040;
inline constexpr std::uint16_t ad = 0x0020;
inline constexpr std::uint16_t cd = 0x0010;
}  // namespace header_bit
inline constexpr std::uint16_t opcode_mask = 0x7800;

/// A header's fields, as numbers.
struct Header {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;  ///< header_bit, opcode and rcode
  std::uint16_t qdcount = 0;
  std::uint16_t ancount = 0;
  std::uint16_t nscount = 0;
  std::uint16_t arcount = 0;

  [[nodiscard]] constexpr bool is_response() const noexcept { return (flags & header_bit::qr) != 0; }
  [[nodiscard]] constexpr Opcode opcode() const noexcept { return static_cast<Opcode>((flags >> 11) & 0xf); }
};

/// Reads 12 octets; the caller guarantees them.
constexpr Header load_header(const std::byte* at) noexcept {
  return {load_u16(at),     load_u16(at + 2), load_u16(at + 4),
          load_u16(at + 6), load_u16(at + 8), load_u16(at + 10)};
}

/// Writes 12 octets; the caller guarantees the room.
constexpr void store_header(std::byte* at, const Header& header) noexcept {
  store_u16(at, header.id);
  store_u16(at + 2, header.flags);
  store_u16(at + 4, header.qdcount);
  store_u16(at + 6, header.ancount);
  store_u16(at + 8, header.nscount);
  store_u16(at + 10, header.arcount);
}

}  // namespace doors
