#pragma once

#include <chrono>

namespace doors {

/// Time on a clock that never jumps: every timer, lease and deadline.
using Monotonic = std::chrono::steady_clock::time_point;
/// The calendar, which may jump: only for what leaves the machine (signature validity, log lines,
/// created-at).
using WallTime = std::chrono::system_clock::time_point;

/// Where the time comes from; passed in, so that a test turns the hands itself. Any thread.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  [[nodiscard]] virtual Monotonic monotonic() const noexcept = 0;
  [[nodiscard]] virtual WallTime wall() const noexcept = 0;
};

/// The machine's clocks.
class RealClock final : public Clock {
 public:
  [[nodiscard]] Monotonic monotonic() const noexcept override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallTime wall() const noexcept override { return std::chrono::system_clock::now(); }
};

/// A clock that moves only when told. One thread.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] Monotonic monotonic() const noexcept override { return monotonic_; }
  [[nodiscard]] WallTime wall() const noexcept override { return wall_; }
  /// Moves both clocks forward.
  void advance(std::chrono::nanoseconds by) noexcept {
    monotonic_ += std::chrono::duration_cast<std::chrono::steady_clock::duration>(by);
    wall_ += std::chrono::duration_cast<std::chrono::system_clock::duration>(by);
  }
  /// Sets the calendar alone, as an administrator or a bad time server would.
  void jump_to(WallTime wall) noexcept { wall_ = wall; }

 private:
  Monotonic monotonic_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::seconds(1'700'000'000)};
};

}  // namespace doors
