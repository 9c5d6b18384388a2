#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "zones/base/clock.h"
#include "zones/base/octets.h"

namespace doors {

enum class Transport : std::uint8_t { udp, tcp };

/// Who asks.
struct Client {
  Transport transport = Transport::udp;
  bool ipv6 = false;
  std::uint16_t port = 0;
  std::array<std::byte, 16> address{};  ///< network order; of IPv4 the first four octets
};

/// The moment of an answer. The transport says it, once a batch: no clock is read where answers are made.
struct Now {
  std::uint32_t wall_seconds = 0;  ///< since 1970, modulo 2^32: what DNS cookies carry (RFC 9018 §4.3)
  bool overloaded = false;         ///< queries come faster than they are answered

  [[nodiscard]] static Now of(WallTime time) noexcept {
    const auto since_1970 = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
    return {static_cast<std::uint32_t>(since_1970.count())};
  }
};

}  // namespace doors
