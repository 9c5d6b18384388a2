#include "zones/image/name_table.h"

#include <bit>
#include <utility>

namespace doors {

NameTable::NameTable(std::vector<Name> names)
    : names_(std::move(names)), slots_(std::bit_ceil(2 * names_.size() + 1)) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const std::uint64_t hash = name_hash(names_[i]);
    std::size_t place = hash & (slots_.size() - 1);
    while (slots_[place].name != 0) place = (place + 1) & (slots_.size() - 1);
    slots_[place] = {hash, i + 1};
  }
}

bool NameTable::has(std::uint64_t hash, NameView name) const noexcept {
  if (names_.empty()) return false;
  for (std::size_t place = hash & (slots_.size() - 1); slots_[place].name != 0;
       place = (place + 1) & (slots_.size() - 1)) {
    if (slots_[place].hash == hash && names_[slots_[place].name - 1] == name) return true;
  }
  return false;
}

}  // namespace doors
