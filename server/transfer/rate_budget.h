#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "zones/base/clock.h"

namespace doors {

/// Bounds what others make us do: lines to log, files to read. One thread.
class RateBudget {
 public:
  explicit constexpr RateBudget(unsigned a_second) noexcept : a_second_(a_second) {}
  /// Gives how many were left out since the last one done; nothing if this one is left out too.
  [[nodiscard]] std::optional<std::uint64_t> take(Monotonic now) noexcept {
    if (now - std::chrono::seconds(1) >= second_began_) {
      second_began_ = now;
      done_ = 0;
    }
    if (done_ == a_second_) {
      ++left_out_;
      return std::nullopt;
    }
    ++done_;
    return std::exchange(left_out_, 0);
  }

 private:
  unsigned a_second_;
  Monotonic second_began_ = Monotonic::min();
  unsigned done_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace doors
