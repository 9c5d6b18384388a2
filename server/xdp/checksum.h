#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "zones/base/octets.h"

namespace doors {

/// The Internet checksum (RFC 1071): a one's complement sum of 16-bit words. It does not depend on the order
/// of octets in a word, so words are loaded as they lie in memory, eight octets at a time, and the result is
/// stored the same way. Parts are added one after the other; each but the last has an even length.
class InternetChecksum {
 public:
  constexpr InternetChecksum() noexcept = default;

  void add(Octets octets) noexcept {
    const std::byte* at = octets.data();
    std::size_t left = octets.size();
    for (; left >= 8; at += 8, left -= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, 8);
      add_word(word);
    }
    if (left != 0) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, left);
      add_word(word);
    }
  }
  /// Adds a 16-bit field given as a number.
  void add_number(std::uint16_t number) noexcept { add_word(in_memory(number)); }

  /// The sum folded to 16 bits, as it would lie in memory: 0xffff over octets that hold their own checksum.
  [[nodiscard]] std::uint16_t folded() const noexcept {
    std::uint64_t sum = (sum_ >> 32) + (sum_ & 0xffff'ffff);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    return static_cast<std::uint16_t>(sum);
  }
  /// What goes into the checksum field, as it lies in memory.
  [[nodiscard]] std::uint16_t field() const noexcept { return static_cast<std::uint16_t>(~folded()); }

 private:
  static constexpr std::uint16_t in_memory(std::uint16_t number) noexcept {
    if constexpr (std::endian::native == std::endian::big) return number;
    return static_cast<std::uint16_t>((number << 8) | (number >> 8));
  }
  void add_word(std::uint64_t word) noexcept {
    sum_ += word;
    sum_ += sum_ < word ? 1 : 0;  // the carry goes around
  }
  std::uint64_t sum_ = 0;
};

}  // namespace doors
