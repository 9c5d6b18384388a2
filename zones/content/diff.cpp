#include "zones/content/diff.h"

#include <algorithm>

#include "zones/dns/rdata.h"

namespace doors {

namespace {

std::strong_ordering compare_places(const RRsetView& a, const RRsetView& b) noexcept {
  if (const auto order = a.owner.canonical_compare(b.owner); order != 0) return order;
  if (const auto order = raw(a.type) <=> raw(b.type); order != 0) return order;
  return raw(a.covered) <=> raw(b.covered);
}

/// Counts the records of one RRset that both contents have: both lists ascend.
void count_within(const RRsetView& before, const RRsetView& after, Diff& result) noexcept {
  std::size_t went = 0;
  std::size_t came = 0;
  std::size_t stayed = 0;
  auto old = before.rdatas.begin();
  auto now = after.rdatas.begin();
  while (old != before.rdatas.end() || now != after.rdatas.end()) {
    const auto order = old == before.rdatas.end()  ? std::strong_ordering::greater
                       : now == after.rdatas.end() ? std::strong_ordering::less
                                                   : compare_rdata(*old, *now);
    if (order < 0) ++went;
    if (order > 0) ++came;
    if (order == 0) ++stayed;
    if (order <= 0) ++old;
    if (order >= 0) ++now;
  }
  const std::size_t swapped = std::min(went, came);
  result.changed += swapped + (before.ttl != after.ttl ? stayed : 0);
  result.removed += went - swapped;
  result.added += came - swapped;
}

}  // namespace

Diff diff(const Content& before, const Content& after) {
  Diff result;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < before.rrset_count() || j < after.rrset_count()) {
    std::strong_ordering order = std::strong_ordering::equal;
    if (i == before.rrset_count()) {
      order = std::strong_ordering::greater;
    } else if (j == after.rrset_count()) {
      order = std::strong_ordering::less;
    } else {
      // Most RRsets are the same octets: then nothing has to be taken apart.
      if (std::ranges::equal(before.rrset_octets(i), after.rrset_octets(j))) {
        ++i;
        ++j;
        continue;
      }
      order = compare_places(before.rrset(i), after.rrset(j));
    }
    if (order < 0) {
      const RRsetView gone = before.rrset(i++);
      result.removed += gone.rdatas.size();
      result.changes.push_back({gone, std::nullopt});
    } else if (order > 0) {
      const RRsetView fresh = after.rrset(j++);
      result.added += fresh.rdatas.size();
      result.changes.push_back({std::nullopt, fresh});
    } else {
      const RRsetView old = before.rrset(i++);
      const RRsetView now = after.rrset(j++);
      count_within(old, now, result);
      result.changes.push_back({old, now});
    }
  }
  return result;
}

}  // namespace doors
