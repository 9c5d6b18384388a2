#pragma once

#include <cstdint>
#include <optional>

namespace doors {

enum class Verdict : std::uint8_t { down, up };

/// Hysteresis over one check's results: `rise` successes in a row make it up, `fall` failures in a row down.
/// A new state is `down`: a PoP announces nothing before it has answered.
class HealthState {
 public:
  struct Limits {
    std::uint32_t rise = 3;  ///< 1..1000
    std::uint32_t fall = 3;  ///< 1..1000
  };
  constexpr explicit HealthState(Limits limits) noexcept : limits_(limits) {}

  /// Counts one probe. Gives the new verdict if this probe changed it, else nothing.
  constexpr std::optional<Verdict> count(bool probe_ok) noexcept {
    const bool agrees = probe_ok == (verdict_ == Verdict::up);
    against_ = agrees ? 0 : against_ + 1;
    if (against_ < (probe_ok ? limits_.rise : limits_.fall)) return std::nullopt;
    verdict_ = probe_ok ? Verdict::up : Verdict::down;
    against_ = 0;
    return verdict_;
  }
  /// Down again, to be proven anew.
  constexpr void reset() noexcept {
    verdict_ = Verdict::down;
    against_ = 0;
  }
  /// Other limits from now on; the verdict stays.
  constexpr void limit(Limits limits) noexcept { limits_ = limits; }

  [[nodiscard]] constexpr Verdict verdict() const noexcept { return verdict_; }
  /// Probes in a row that speak against the verdict.
  [[nodiscard]] constexpr std::uint32_t against() const noexcept { return against_; }
  [[nodiscard]] constexpr Limits limits() const noexcept { return limits_; }

 private:
  Limits limits_;
  Verdict verdict_ = Verdict::down;
  std::uint32_t against_ = 0;
};

}  // namespace doors
