#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "zones/base/clock.h"
#include "zones/dns/name.h"

namespace doors {

/// How far a zone came on its way to a secondary.
struct TransferTally {
  bool whole = false;
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
  std::chrono::milliseconds took{0};
};
void log_transfer(NameView zone, std::uint32_t serial, const std::string& peer, const TransferTally& tally);

/// Somebody who may said that the zone, of which we have `serial`, has changed. `untold`: such lines that
/// were left out since the last one.
void log_notify(NameView zone, std::uint32_t serial, const std::string& peer, std::uint64_t untold);

/// Bounds the lines that others make us write. One thread.
class LineBudget {
 public:
  static constexpr unsigned lines_a_second = 10;
  /// Gives how many lines were left out since the last one written; nothing if this one is left out too.
  [[nodiscard]] std::optional<std::uint64_t> take(Monotonic now) noexcept;

 private:
  Monotonic second_began_ = Monotonic::min();
  unsigned lines_ = 0;
  std::uint64_t untold_ = 0;
};

}  // namespace doors
