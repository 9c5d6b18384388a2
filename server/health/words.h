#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "server/health/keeper.h"
#include "zones/base/clock.h"

namespace doors {

/// Values as `why`, the history and the log put them.
template <class Duration>
[[nodiscard]] std::string words_for(Duration time) {
  return words_of(std::chrono::duration_cast<std::chrono::microseconds>(time));
}
/// "12.5"
[[nodiscard]] std::string one_decimal(double value);
/// "12.5/s"
[[nodiscard]] std::string rate_words(double rate);
/// "2026-11-21T12:00:00Z"
[[nodiscard]] std::string date_words(WallTime at);
/// "announced", "announced as far", "announced as draining", "withdrawn"
[[nodiscard]] std::string_view lane_words(Lane lane) noexcept;
/// "udp", "tcp", "must-fail"
[[nodiscard]] std::string_view kind_words(CheckKind kind) noexcept;

}  // namespace doors
