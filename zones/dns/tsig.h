#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "zones/base/octets.h"
#include "zones/dns/name.h"

namespace doors {

/// A TSIG record (RFC 8945 §4.2), the signature under a message: its last record, owned by the key's name,
/// class ANY, TTL 0, and then
///
///     | algorithm name | time signed u48 | fudge u16 | MAC size u16 | MAC | original ID u16 | error u16 |
///     | other length u16 | other data |
///
/// What it means and whether the MAC is right is zones/tsig's to say. Borrows `mac` and `other`.
struct TsigRecord {
  Name key;                       ///< case as received; compared without regard to it
  Name algorithm;                 ///< the same
  std::uint64_t time_signed = 0;  ///< seconds since 1970, 48 bits
  std::uint16_t fudge = 0;        ///< seconds by which the clocks may differ
  Octets mac;
  std::uint16_t original_id = 0;  ///< the message's ID before a forwarder changed it
  std::uint16_t error = 0;        ///< 0, or BADSIG, BADKEY, BADTIME, BADTRUNC
  Octets other;                   ///< with BADTIME the server's time, u48; else empty

  /// Reads the record that starts at `offset` and must end with the message. Nothing if it is cut off or
  /// longer than its fields, of another type, class or TTL, or its algorithm's name is compressed: all a
  /// FORMERR.
  [[nodiscard]] static std::optional<TsigRecord> read(Octets message, std::size_t offset) noexcept;

  /// Octets that write() writes.
  [[nodiscard]] std::size_t octets() const noexcept;
  /// Writes the record, where the caller has room for octets().
  void write(std::byte* at) const noexcept;
};

/// A 48-bit number, big-endian.
void store_u48(std::byte* at, std::uint64_t value) noexcept;

}  // namespace doors
