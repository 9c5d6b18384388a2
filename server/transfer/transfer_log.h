#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "zones/image/image.h"

namespace doors {

/// How far a zone came on its way to a secondary.
struct TransferTally {
  bool whole = false;
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
  std::chrono::milliseconds took{0};
};
void log_transfer(const ZoneImage& zone, const std::string& peer, const TransferTally& tally);

/// Somebody who may said that the zone has changed.
void log_notify(const ZoneImage& zone, const std::string& peer);

}  // namespace doors
