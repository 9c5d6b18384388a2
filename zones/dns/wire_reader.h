#pragma once

#include <cstddef>
#include <cstdint>

#include "zones/base/octets.h"

namespace doors {

/// Reads big-endian fields from a DNS message, never past its end. Borrows the message.
/// The first read that does not fit makes the reader fail for good: that one and all later ones give zero or
/// nothing. So a parser reads a whole record in a row and asks ok() once.
/// Invariant: offset_ <= message_.size().
class WireReader {
 public:
  constexpr explicit WireReader(Octets message, std::size_t offset = 0) noexcept
      : message_(message), offset_(offset <= message.size() ? offset : 0), failed_(offset > message.size()) {}

  [[nodiscard]] constexpr bool ok() const noexcept { return !failed_; }
  [[nodiscard]] constexpr bool at_end() const noexcept { return offset_ == message_.size(); }
  [[nodiscard]] constexpr std::size_t offset() const noexcept { return offset_; }
  [[nodiscard]] constexpr std::size_t remaining() const noexcept {
    return failed_ ? 0 : message_.size() - offset_;
  }
  /// The whole message, from its first octet: what compression pointers count from.
  [[nodiscard]] constexpr Octets message() const noexcept { return message_; }

  constexpr std::uint8_t u8() noexcept {
    const Octets taken = octets(1);
    return taken.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(taken[0]);
  }
  constexpr std::uint16_t u16() noexcept {
    const Octets taken = octets(2);
    return taken.empty() ? std::uint16_t{0} : load_u16(taken.data());
  }
  constexpr std::uint32_t u32() noexcept {
    const Octets taken = octets(4);
    return taken.empty() ? 0u : load_u32(taken.data());
  }
  constexpr std::uint64_t u64() noexcept {
    const Octets taken = octets(8);
    return taken.empty() ? 0u : load_u64(taken.data());
  }
  constexpr Octets octets(std::size_t count) noexcept {
    if (failed_ || count > message_.size() - offset_) {
      failed_ = true;
      return {};
    }
    const Octets taken = message_.subspan(offset_, count);
    offset_ += count;
    return taken;
  }
  /// Notes a failure found by the caller (a bad name, a length that contradicts another).
  constexpr void fail() noexcept { failed_ = true; }

 private:
  Octets message_;
  std::size_t offset_;
  bool failed_;
};

}  // namespace doors
