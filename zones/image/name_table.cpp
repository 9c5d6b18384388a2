#include "zones/image/name_table.h"

#include <utility>

namespace doors {

NameTable::NameTable(std::vector<Name> names) : names_(std::move(names)), places_(names_.size()) {
  for (std::size_t i = 0; i < names_.size(); ++i) places_.add(name_hash(names_[i]), i + 1);
}

bool NameTable::has(std::uint64_t hash, NameView name) const noexcept {
  if (names_.empty()) return false;
  return places_.find(hash, [&](std::size_t place) { return names_[place - 1] == name; }) != 0;
}

}  // namespace doors
