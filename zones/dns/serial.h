#pragma once

#include <compare>
#include <cstdint>

namespace doors {

/// A zone's SOA SERIAL: a point on a circle of 2^32, so it is compared, never subtracted.
class Serial {
 public:
  constexpr explicit Serial(std::uint32_t raw) noexcept : raw_(raw) {}
  [[nodiscard]] constexpr std::uint32_t raw() const noexcept { return raw_; }
  friend constexpr bool operator==(Serial, Serial) noexcept = default;
  /// RFC 1982 §3.2. `unordered` at a distance of exactly 2^31: "is it newer?" is then false, which keeps the
  /// version being served.
  friend constexpr std::partial_ordering operator<=>(Serial a, Serial b) noexcept {
    const std::uint32_t ahead = a.raw_ - b.raw_;  // modulo 2^32, on purpose
    if (ahead == 0) return std::partial_ordering::equivalent;
    if (ahead == 0x8000'0000u) return std::partial_ordering::unordered;
    return ahead < 0x8000'0000u ? std::partial_ordering::greater : std::partial_ordering::less;
  }
  /// RFC 1982 §3.1, by 1.
  [[nodiscard]] constexpr Serial next() const noexcept { return Serial(raw_ + 1); }

 private:
  std::uint32_t raw_;
};

}  // namespace doors
