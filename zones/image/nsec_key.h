#pragma once

#include <algorithm>
#include <cstdint>

#include "zones/dns/name.h"

namespace doors {

/// A number that sorts as its name does in canonical order (RFC 4034 §6.1), as far as it goes: the first 8 octets of
/// the label right below the origin, lower case, zeroes behind; 0 at the origin. Of two names with equal keys the
/// names themselves decide. `name` is at or below an origin of `origin_labels` labels.
[[nodiscard]] inline std::uint64_t nsec_key(NameView name, std::size_t origin_labels) noexcept {
  if (name.label_count() <= origin_labels) return 0;
  const Octets label = name.suffix(origin_labels + 1).first_label();
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    key = (key << 8) | (i < label.size() ? std::to_integer<std::uint64_t>(lower(label[i])) : 0);
  }
  return key;
}

}  // namespace doors
