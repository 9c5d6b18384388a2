#pragma once

#include <compare>
#include <cstdint>

namespace doors {

/// A TTL in seconds, 0..2^31-1. A larger number on the wire or in text means 0 (RFC 2181 §8).
class Ttl {
 public:
  constexpr Ttl() noexcept = default;
  constexpr explicit Ttl(std::uint32_t seconds) noexcept : seconds_(seconds > 0x7fff'ffffu ? 0 : seconds) {}
  [[nodiscard]] constexpr std::uint32_t raw() const noexcept { return seconds_; }
  friend constexpr auto operator<=>(Ttl, Ttl) noexcept = default;

 private:
  std::uint32_t seconds_ = 0;
};

}  // namespace doors
