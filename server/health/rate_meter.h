#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "zones/base/clock.h"

namespace doors {

/// A rate from readings of a counter that only grows, our own share of it taken off: over at least `window`,
/// so that one burst is no rate. A counter that went back (its process was restarted) begins anew.
class RateMeter {
 public:
  explicit constexpr RateMeter(std::chrono::milliseconds window = std::chrono::milliseconds(1000)) noexcept
      : window_(window) {}

  /// Takes a reading; gives the rate per second whenever a window is full.
  constexpr std::optional<double> read(Monotonic now, std::uint64_t count, std::uint64_t own) noexcept {
    if (!began_ || count < first_) {
      begin(now, count, own);
      return std::nullopt;
    }
    const auto passed = now - *began_;
    if (passed < window_) return std::nullopt;
    const std::uint64_t all = count - first_;
    const std::uint64_t others = all - std::min(all, own - own_first_);
    rate_ = static_cast<double>(others) / std::chrono::duration<double>(passed).count();
    begin(now, count, own);
    return rate_;
  }
  /// The last full window's rate.
  [[nodiscard]] constexpr std::optional<double> rate() const noexcept { return rate_; }
  constexpr void forget() noexcept {
    began_.reset();
    rate_.reset();
  }

 private:
  constexpr void begin(Monotonic now, std::uint64_t count, std::uint64_t own) noexcept {
    began_ = now;
    first_ = count;
    own_first_ = own;
  }

  std::chrono::milliseconds window_;
  std::optional<Monotonic> began_;
  std::uint64_t first_ = 0;
  std::uint64_t own_first_ = 0;
  std::optional<double> rate_;
};

}  // namespace doors
