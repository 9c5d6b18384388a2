#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "zones/base/clock.h"

namespace doors {

/// Flap damping: after each fall the door stays closed for a time that doubles with every further fall, up to
/// a bound, and halves again for each quiet `forget`. So a PoP whose health swings makes the routing table of
/// the world move at most log2(most / first) times quickly, and from then on once per `most`.
///
///     fall   fall        fall                        quiet for forget …
///     |2s|   |- 4s -|    |------ 8s ------|           level 3 → 2 → 1 → 0
class HoldDown {
 public:
  struct Settings {
    std::chrono::milliseconds first{2000};    ///< after the first fall; 0 = no hold-down
    std::chrono::milliseconds most{300'000};  ///< the bound; at least `first`
    std::chrono::milliseconds forget{
        120'000};  ///< quiet time behind a hold-down that takes one doubling back
  };
  constexpr explicit HoldDown(Settings settings) noexcept : settings_(settings) {}

  /// Notes a fall at `now`.
  constexpr void fell(Monotonic now) noexcept {
    decay(now);
    level_ = std::min<std::uint32_t>(level_ + 1, 32);
    const std::int64_t doubled = std::int64_t{1} << (level_ - 1);
    const bool bounded = settings_.first.count() > settings_.most.count() / doubled;
    const auto length = bounded ? settings_.most : settings_.first * doubled;
    until_ = now + length;
  }
  /// What is left of it at `now`; 0 when the door may open.
  [[nodiscard]] constexpr std::chrono::milliseconds left(Monotonic now) const noexcept {
    if (level_ == 0 || now >= until_) return std::chrono::milliseconds(0);
    return std::chrono::ceil<std::chrono::milliseconds>(until_ - now);
  }
  /// Falls remembered at `now`: the power of two of the last hold-down, plus one.
  [[nodiscard]] constexpr std::uint32_t level(Monotonic now) noexcept {
    decay(now);
    return level_;
  }
  constexpr void clear() noexcept { level_ = 0; }
  constexpr void configure(Settings settings) noexcept { settings_ = settings; }

 private:
  constexpr void decay(Monotonic now) noexcept {
    while (level_ > 0 && now >= until_ + settings_.forget) {
      --level_;
      until_ += settings_.forget;
    }
  }

  Settings settings_;
  std::uint32_t level_ = 0;
  Monotonic until_{};
};

}  // namespace doors
