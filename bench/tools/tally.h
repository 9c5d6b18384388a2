#pragma once

#include <array>
#include <cstdint>
#include <ctime>
#include <string>

namespace doors::bench {

/// Nanoseconds of the monotonic clock.
inline std::uint64_t now_ns() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(time.tv_nsec);
}

/// Counts latencies in buckets that are at most 1/16 wide, so that a percentile is right within 6 %.
class Histogram {
 public:
  void count(std::uint64_t ns) noexcept;
  /// Nanoseconds below or at which `share` (0..1) of what was counted lies; 0 if nothing was.
  [[nodiscard]] double at(double share) const noexcept;

 private:
  static constexpr unsigned fine = 16;
  std::array<std::uint64_t, 64 * fine> buckets_{};
  std::uint64_t total_ = 0;
};

/// What a run has seen.
struct Tally {
  std::uint64_t sent = 0, answered = 0, lost = 0;
  std::uint64_t strange = 0;  ///< messages that answer nothing that is open, or another question
  std::uint64_t late = 0;     ///< at a fixed rate: not sent, because too many were open
  std::uint64_t broken = 0;   ///< TCP connections that failed or that the server ended
  std::array<std::uint64_t, 16> rcodes{};
  Histogram latency;
  double seconds = 0;

  /// One line of JSON; CPU of the loader itself with it.
  [[nodiscard]] std::string to_json() const;
};

}  // namespace doors::bench
