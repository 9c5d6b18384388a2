#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "zones/base/octets.h"

namespace doors {

/// Appends big-endian fields to octets of its own: how records, bundles and store values are written;
/// WireReader reads them. Rows chain. One thread.
class OctetWriter {
 public:
  OctetWriter& u8(std::uint8_t value) {
    octets_.push_back(static_cast<std::byte>(value));
    return *this;
  }
  OctetWriter& u16(std::uint16_t value) {
    store_u16(grow(2), value);
    return *this;
  }
  OctetWriter& u32(std::uint32_t value) {
    store_u32(grow(4), value);
    return *this;
  }
  OctetWriter& u64(std::uint64_t value) {
    store_u64(grow(8), value);
    return *this;
  }
  OctetWriter& octets(Octets octets) {
    octets_.insert(octets_.end(), octets.begin(), octets.end());
    return *this;
  }
  [[nodiscard]] std::size_t size() const noexcept { return octets_.size(); }
  [[nodiscard]] Octets view() const noexcept { return octets_; }
  /// Gives the octets; empty afterwards.
  [[nodiscard]] std::vector<std::byte> take() && { return std::exchange(octets_, {}); }

 private:
  std::byte* grow(std::size_t by) {
    octets_.resize(octets_.size() + by);
    return octets_.data() + octets_.size() - by;
  }
  std::vector<std::byte> octets_;
};

}  // namespace doors
