#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "zones/dns/hashed_name.h"
#include "zones/dns/name.h"
#include "zones/image/hash_slots.h"

namespace doors {

/// A few names to be found by their hash. Immutable.
class NameTable {
 public:
  NameTable() = default;
  /// Each once.
  explicit NameTable(std::vector<Name> names);

  [[nodiscard]] bool empty() const noexcept { return names_.empty(); }
  [[nodiscard]] const std::vector<Name>& names() const noexcept { return names_; }
  /// `hash` is the name's.
  [[nodiscard]] bool has(std::uint64_t hash, NameView name) const noexcept;

 private:
  std::vector<Name> names_;
  HashSlots<std::size_t> places_;  // in names_, plus 1
};

}  // namespace doors
