#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "zones/dns/name.h"

namespace doors {

/// Where each label of a name starts, from the left, in octets.
using LabelStarts = std::array<std::uint8_t, max_labels + 1>;

/// Sets as many of `starts` as the name has labels, and gives their number.
///
/// Each length must be read before the next one's place is known, which is what a name of a hundred labels
/// costs. Such a name has labels of one octet nearly everywhere: the loop over those asks nothing but whether
/// there is another one, which the processor guesses rather than waits for.
inline std::size_t label_starts(NameView name, LabelStarts& starts) noexcept {
  const std::byte* const wire = name.wire().data();
  std::size_t count = 0;
  for (std::size_t at = 0;; at += std::to_integer<std::size_t>(wire[at]) + 1) {
    for (; wire[at] == std::byte{1}; at += 2) starts[count++] = static_cast<std::uint8_t>(at);
    if (wire[at] == std::byte{0}) return count;
    starts[count++] = static_cast<std::uint8_t>(at);
  }
}

}  // namespace doors
