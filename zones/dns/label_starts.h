#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "zones/base/octets.h"
#include "zones/dns/name.h"

namespace doors {

/// Where each label of a name starts, from the left, in octets.
using LabelStarts = std::array<std::uint8_t, max_labels + 1>;

/// Sets them for the name whose valid wire form begins at `wire`; gives the octet of the root label. Only
/// the first `count` of `starts` are set.
///
/// Each length must be read before the next one's place is known, which is what a name of a hundred labels
/// costs. Such a name has labels of one octet nearly everywhere: the loop over those asks nothing but whether
/// there is another one, which the processor guesses rather than waits for.
inline std::size_t find_label_starts(const std::byte* wire, LabelStarts& starts,
                                     std::size_t& count) noexcept {
  std::size_t at = 0;
  count = 0;
  while (true) {
    for (; wire[at] == std::byte{1}; at += 2) starts[count++] = static_cast<std::uint8_t>(at);
    if (wire[at] == std::byte{0}) return at;
    starts[count++] = static_cast<std::uint8_t>(at);
    at += std::to_integer<std::size_t>(wire[at]) + 1;
  }
}

}  // namespace doors
