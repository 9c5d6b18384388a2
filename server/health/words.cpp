#include "server/health/words.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace doors {

std::string one_decimal(double value) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

std::string rate_words(double rate) { return one_decimal(rate) + "/s"; }

std::string date_words(WallTime at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::string_view lane_words(Lane lane) noexcept {
  switch (lane) {
    case Lane::up:
      return "announced";
    case Lane::far:
      return "announced as far";
    case Lane::drain:
      return "announced as draining";
    case Lane::none:
      return "withdrawn";
  }
  return "?";
}

std::string_view kind_words(CheckKind kind) noexcept {
  switch (kind) {
    case CheckKind::udp:
      return "udp";
    case CheckKind::tcp:
      return "tcp";
    case CheckKind::zone:
      return "zone";
    case CheckKind::must_fail:
      return "must-fail";
  }
  return "?";
}

}  // namespace doors
