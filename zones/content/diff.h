#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "zones/content/content.h"

namespace doors {

/// One RRset that differs between two contents; borrowed from them. At least one side is there.
struct RRsetChange {
  std::optional<RRsetView> before;  ///< nothing: added
  std::optional<RRsetView> after;   ///< nothing: removed
};

/// What leads from one content to another. Records are counted so that nothing counts twice: inside an RRset
/// that both have, a record that went and one that came are one *changed* record, and so is each whose TTL
/// alone differs; what is left over was added or removed.
struct Diff {
  std::vector<RRsetChange> changes;  ///< in canonical order; borrows from both contents
  std::size_t added = 0;
  std::size_t removed = 0;
  std::size_t changed = 0;
  [[nodiscard]] bool empty() const noexcept { return changes.empty(); }
};

/// Compares two contents of the same zone in one pass. The result borrows from both.
[[nodiscard]] Diff diff(const Content& before, const Content& after);

}  // namespace doors
