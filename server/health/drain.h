#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "server/health/door.h"
#include "zones/base/clock.h"

namespace doors {

/// Who asked for a drain, and why: what survives a restart.
struct DrainOrder {
  std::string reason;
  std::string by;
  WallTime since{};
  friend bool operator==(const DrainOrder&, const DrainOrder&) = default;
};

/// Emptying a PoP without losing a query: first its announcement is marked (the lease moves to the drain
/// interface, the world chooses other doors), then its query rate is watched until it has fallen, then the
/// lease is let go. A pure state machine.
///
///     none ──order──► marked ──rate has fallen, or max_wait──► done        lane():  up, drain, none
///      ▲                 │                                       │
///      └─────── undrain ─┴───────────────────────────────────────┘
///
/// *Fallen*: for two readings in a row not over `rate_limit`, or not over `rate_share` percent of the rate
/// when the order came; never before `min_wait`, which the routes need to move at all.
class Drain {
 public:
  enum class Phase : std::uint8_t { none, marked, done };
  struct Settings {
    std::chrono::milliseconds min_wait{2000};
    std::chrono::milliseconds max_wait{30'000};
    std::uint32_t rate_share = 5;   ///< percent, 0..100
    std::uint32_t rate_limit = 10;  ///< queries per second
  };
  /// `standing`: an order from before a restart; the PoP is then drained from the start.
  Drain(Settings settings, std::optional<DrainOrder> standing);

  /// Starts one; `rate_before` is the rate now, if known. A second order while one stands only renames it.
  void order(Monotonic now, DrainOrder order, std::optional<double> rate_before);
  void undrain() noexcept;
  /// A reading of the query rate, our own probes taken off; at most one per second or so. True if that ended
  /// the wait.
  bool rate(Monotonic now, double queries_per_second);
  /// Time passed. True if that ended the wait.
  bool tick(Monotonic now);
  /// There is nothing to wait for (any more), and why. True if that ended the wait.
  bool finish(std::string why);

  [[nodiscard]] Phase phase() const noexcept { return phase_; }
  [[nodiscard]] Lane lane() const noexcept;
  [[nodiscard]] const std::optional<DrainOrder>& standing() const noexcept { return order_; }
  /// The rate it waits for, in queries per second.
  [[nodiscard]] double goal() const noexcept;
  [[nodiscard]] std::optional<double> last_rate() const noexcept { return last_rate_; }
  /// What is left until max_wait.
  [[nodiscard]] std::chrono::milliseconds left(Monotonic now) const noexcept;
  /// How the wait ended: "the query rate fell to 0.5/s", "max_wait was over"; empty before.
  [[nodiscard]] const std::string& ended_by() const noexcept { return ended_by_; }
  void configure(Settings settings) noexcept { settings_ = settings; }

 private:
  Settings settings_;
  Phase phase_ = Phase::none;
  std::optional<DrainOrder> order_;
  Monotonic began_{};
  std::optional<double> rate_before_;
  std::optional<double> last_rate_;
  std::uint32_t low_readings_ = 0;
  std::string ended_by_;
};

[[nodiscard]] std::string_view to_string(Drain::Phase phase) noexcept;

}  // namespace doors
