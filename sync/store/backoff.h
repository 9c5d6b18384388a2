#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace doors {

/// How long to wait before the next try: doubles from 100 ms to 5 s, less up to a half by chance, so that a
/// fleet does not come back as one. One thread.
class Backoff {
 public:
  [[nodiscard]] std::chrono::milliseconds next() {
    constexpr int most = 5000;
    const int longest = std::min(most, 100 << step_);
    if (longest < most) ++step_;
    return std::chrono::milliseconds(std::uniform_int_distribution<int>(longest / 2, longest)(random_));
  }
  void reset() noexcept { step_ = 0; }

 private:
  std::minstd_rand random_{std::random_device{}()};
  int step_ = 0;
};

}  // namespace doors
