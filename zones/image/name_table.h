#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "zones/dns/hashed_name.h"
#include "zones/dns/name.h"

namespace doors {

/// A few names to be found by their hash. Immutable.
///
///     slots:  | hash | place in names, plus 1; 0 is free |      open addressing, at most half full
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
  struct Slot {
    std::uint64_t hash = 0;
    std::size_t name = 0;
  };
  std::vector<Name> names_;
  std::vector<Slot> slots_;  // a power of two of them
};

}  // namespace doors
