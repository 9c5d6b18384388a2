#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "zones/base/octets.h"
#include "zones/base/unset.h"
#include "zones/dns/name.h"

namespace doors {

/// A name below an origin as octets whose plain order is the canonical order (RFC 4034 §6.1): its labels from
/// the right, lower case, each ended by 00; inside a label 00 is written 01 01 and 01 is written 01 02.
///
///     a.b.example. below example.  ->  'b' 00 'a' 00            the origin itself  ->  nothing
///
/// Contents are sorted by them, and the NSEC search tree is made of pieces of them.
class OrderKey {
 public:
  /// `name` is at or below the origin, whose wire form has `origin_octets`.
  OrderKey(NameView name, std::size_t origin_octets) noexcept {
    DOORS_UNSET std::array<std::uint8_t, max_labels> starts;
    const Octets wire = name.wire();
    std::size_t count = starts_of(wire, origin_octets, starts);
    while (count > 0) {
      const std::size_t start = starts[--count];
      const std::size_t length = std::to_integer<std::size_t>(wire[start]);
      for (std::size_t i = start + 1; i <= start + length; ++i) {
        const std::byte octet = lower(wire[i]);
        if (octet > std::byte{1}) [[likely]] {
          octets_[size_++] = octet;
        } else {
          octets_[size_++] = std::byte{1};
          octets_[size_++] = octet == std::byte{0} ? std::byte{1} : std::byte{2};
        }
      }
      octets_[size_++] = std::byte{0};
    }
  }

  [[nodiscard]] Octets octets() const noexcept { return {octets_.data(), size_}; }
  /// The 4 octets from `depth` as a number, so that numbers are in the order of the octets; zeros beyond the
  /// end.
  [[nodiscard]] std::uint32_t slice(std::size_t depth) const noexcept {
    if (depth + 4 <= size_) [[likely]]
      return load_u32(octets_.data() + depth);
    std::uint32_t value = 0;
    for (std::size_t i = depth; i < depth + 4; ++i) {
      value = (value << 8) | (i < size_ ? std::to_integer<std::uint32_t>(octets_[i]) : 0);
    }
    return value;
  }
  /// The first 8 octets in the same way.
  [[nodiscard]] std::uint64_t prefix() const noexcept { return (std::uint64_t{slice(0)} << 32) | slice(4); }
  /// Whether this name comes behind `other` or is it: that, too, is at or below the origin, and in lower
  /// case.
  [[nodiscard]] bool is_at_or_behind(NameView other, std::size_t origin_octets) const noexcept {
    DOORS_UNSET std::array<std::uint8_t, max_labels> starts;
    const std::byte* const wire = other.wire().data();
    std::size_t count = starts_of(other.wire(), origin_octets, starts);
    std::size_t at = 0;
    const auto mine = [&](std::size_t place) { return std::to_integer<int>(octets_[place]); };
    while (count > 0) {
      const std::byte* const label = wire + starts[--count];
      const std::size_t length = std::to_integer<std::size_t>(label[0]);
      for (std::size_t i = 1; i <= length; ++i, ++at) {
        if (at == size_) return false;  // an ancestor comes before
        const int octet = std::to_integer<int>(label[i]);
        if (octet > 1) [[likely]] {
          if (mine(at) != octet) return mine(at) > octet;
        } else {
          if (mine(at) != 1) return mine(at) > 1;
          if (mine(++at) != octet + 1) return mine(at) > octet + 1;
        }
      }
      if (at == size_) return false;
      if (octets_[at++] != std::byte{0}) return true;  // a longer label
    }
    return true;
  }
  /// How many octets two keys have in common from the start.
  [[nodiscard]] static std::size_t common(const OrderKey& a, const OrderKey& b) noexcept {
    const auto length = static_cast<std::ptrdiff_t>(std::min(a.size_, b.size_));
    const auto differ = std::mismatch(a.octets_.begin(), a.octets_.begin() + length, b.octets_.begin());
    return static_cast<std::size_t>(differ.first - a.octets_.begin());
  }

 private:
  /// Where the labels before the origin start; gives their number.
  static std::size_t starts_of(Octets wire, std::size_t origin_octets,
                               std::array<std::uint8_t, max_labels>& starts) noexcept {
    std::size_t count = 0;
    const std::size_t end = wire.size() - origin_octets;
    for (std::size_t at = 0; at < end; at += std::to_integer<std::size_t>(wire[at]) + 1) {
      starts[count++] = static_cast<std::uint8_t>(at);
    }
    return count;
  }

  std::array<std::byte, 2 * max_name_octets> octets_;
  std::size_t size_ = 0;
};

}  // namespace doors
