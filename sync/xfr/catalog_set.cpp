#include "sync/xfr/catalog_set.h"

#include <algorithm>
#include <utility>

namespace doors::xfr {

const CatalogMember* CatalogSet::listed(const Name& catalog, const Name& zone) const {
  const auto list = lists_.find(catalog);
  if (list == lists_.end()) return nullptr;
  const auto member = list->second.find(zone);
  return member == list->second.end() ? nullptr : &member->second;
}

bool CatalogSet::hands_over(const Name& from, const Name& zone, const Name& to) const {
  const CatalogMember* const member = listed(from, zone);
  return member != nullptr && member->new_owner && *member->new_owner == to;
}

std::optional<CatalogSet::Owned> CatalogSet::owner_of(const Name& zone, const Owned* before) const {
  const auto owned = [&](const Name& catalog) {
    const CatalogMember& member = *listed(catalog, zone);
    return Owned{catalog, member.unique, member.groups};
  };
  if (before != nullptr) {
    if (const CatalogMember* const member = listed(before->catalog, zone)) {
      const bool goes = member->new_owner && listed(*member->new_owner, zone) != nullptr;
      return owned(goes ? *member->new_owner : before->catalog);
    }
  }
  for (const Catalog& catalog : catalogs_) {
    if (listed(catalog.name, zone) != nullptr) return owned(catalog.name);
  }
  return std::nullopt;
}

Result<CatalogSet> CatalogSet::with(const Name& catalog, CatalogMembers members, bool forced) const {
  CatalogSet next(catalogs_, configured_);
  next.lists_ = lists_;
  next.lists_.insert_or_assign(catalog, std::move(members));
  for (const auto& [name, list] : next.lists_) {
    for (const auto& [zone, member] : list) {
      if (configured_.contains(zone) || next.zones_.contains(zone)) continue;
      const auto before = zones_.find(zone);
      if (auto owner = next.owner_of(zone, before == zones_.end() ? nullptr : &before->second))
        next.zones_.emplace(zone, *std::move(owner));
    }
  }
  std::size_t had = 0;
  std::size_t lost = 0;
  for (const auto& [zone, owned] : zones_) {
    if (!(owned.catalog == catalog)) continue;
    ++had;
    lost += next.zones_.contains(zone) ? 0 : 1;
  }
  const auto limits = std::ranges::find(catalogs_, catalog, &Catalog::name);
  if (limits != catalogs_.end() && !forced && lost > 1 && lost * 100 > had * limits->most_removed_percent) {
    return failure("the catalog loses " + std::to_string(lost) + " of " + std::to_string(had) +
                   " zones at once, over " + std::to_string(limits->most_removed_percent) +
                   " % (doorctl retransfer takes it all the same)");
  }
  return next;
}

CatalogSet::Change CatalogSet::change_from(const CatalogSet& before) const {
  Change change;
  for (const auto& [zone, owned] : before.zones_) {
    if (!zones_.contains(zone)) change.removed.push_back(zone);
  }
  for (const auto& [zone, owned] : zones_) {
    const auto was = before.zones_.find(zone);
    if (was == before.zones_.end()) {
      change.added.push_back(zone);
      continue;
    }
    const bool moved = !(was->second.catalog == owned.catalog);
    const bool handed_over = before.hands_over(was->second.catalog, zone, owned.catalog) ||
                             hands_over(was->second.catalog, zone, owned.catalog);
    if (was->second.unique != owned.unique || (moved && !handed_over))
      change.reset.push_back(zone);
    else if (moved || was->second.groups != owned.groups)
      change.regrouped.push_back(zone);
  }
  constexpr std::size_t most_problems = 10;
  for (const auto& [catalog, list] : lists_) {
    for (const auto& [zone, member] : list) {
      if (change.problems.size() == most_problems) return change;
      const auto owner = zones_.find(zone);
      if (configured_.contains(zone))
        change.problems.push_back(zone.to_string() + " of the catalog " + catalog.to_string() +
                                  " has a [[secondary]] of its own");
      else if (owner != zones_.end() && !(owner->second.catalog == catalog) && !member.new_owner)
        change.problems.push_back(zone.to_string() + " of the catalog " + catalog.to_string() +
                                  " belongs to " + owner->second.catalog.to_string());
    }
  }
  return change;
}

}  // namespace doors::xfr
