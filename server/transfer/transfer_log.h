#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "zones/dns/name.h"

namespace doors {

/// How far a zone came on its way to a secondary.
struct TransferTally {
  std::string_view by = "AXFR";  ///< or "IXFR": differences; or "IXFR, whole zone"
  bool whole = false;
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
  std::chrono::milliseconds took{0};
};
void log_transfer(NameView zone, std::uint32_t serial, const std::string& peer, const TransferTally& tally);

/// Somebody who may said that the zone, of which we have `serial` if any, has changed. `untold`: such lines
/// that were left out since the last one.
void log_notify(NameView zone, std::optional<std::uint32_t> serial, const std::string& peer,
                std::uint64_t untold);

}  // namespace doors
