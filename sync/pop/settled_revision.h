#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "zones/dns/name.h"

namespace doors {

/// Up to which revision of the store everything has been settled here: a number that says of 100,000 zones
/// what else 100,000 receipts would. Zones that the store gave and that are not settled hold it back, at what
/// was known before they came. One thread.
class SettledRevision {
 public:
  /// The store has given all up to `seen`; of that `pending` is not settled yet.
  void given(std::uint64_t seen, const std::vector<Name>& pending) {
    for (const Name& zone : pending) {
      if (pending_.try_emplace(zone, seen_).second) floors_.insert(seen_);
    }
    seen_ = seen;
  }
  void settled(const Name& zone) {
    const auto found = pending_.find(zone);
    if (found == pending_.end()) return;
    floors_.erase(floors_.find(found->second));
    pending_.erase(found);
  }
  [[nodiscard]] std::uint64_t revision() const noexcept { return floors_.empty() ? seen_ : *floors_.begin(); }

 private:
  std::uint64_t seen_ = 0;
  std::map<Name, std::uint64_t> pending_;
  std::multiset<std::uint64_t> floors_;
};

}  // namespace doors
