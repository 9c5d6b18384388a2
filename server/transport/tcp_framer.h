#pragma once

#include <cstddef>
#include <optional>

#include "zones/base/octets.h"

namespace doors {

/// Takes DNS messages off a TCP stream: each is its length, two octets, big-endian, then itself (RFC 1035
/// §4.2.2), cut and joined by the network in any way (RFC 7766 §8). Borrows the octets; keeps none.
class TcpFramer {
 public:
  static constexpr std::size_t prefix_octets = 2;
  static constexpr std::size_t max_message_octets = 65535;
  static constexpr std::size_t max_frame_octets = prefix_octets + max_message_octets;

  explicit TcpFramer(Octets received) noexcept : rest_(received) {}

  /// The next whole message, 0..65535 octets, borrowed; nothing when the rest is not whole yet.
  [[nodiscard]] std::optional<Octets> next() noexcept {
    if (rest_.size() < prefix_octets) return std::nullopt;
    const std::size_t length = load_u16(rest_.data());
    if (rest_.size() - prefix_octets < length) return std::nullopt;
    const Octets message = rest_.subspan(prefix_octets, length);
    rest_ = rest_.subspan(prefix_octets + length);
    return message;
  }
  /// What next() has not taken: at most a part of one message once next() gave nothing.
  [[nodiscard]] Octets rest() const noexcept { return rest_; }

 private:
  Octets rest_;
};

}  // namespace doors
