#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "zones/base/error.h"
#include "zones/content/content.h"
#include "zones/dns/name.h"

namespace doors::xfr {

/// One zone that a catalog lists.
struct CatalogMember {
  std::string unique;               ///< the label of its node, lower case: another one means another zone
  std::optional<Name> new_owner;    ///< the catalog that may take it over (RFC 9432 §4.4.1)
  std::vector<std::string> groups;  ///< as they are written (RFC 9432 §4.4.2)
  friend bool operator==(const CatalogMember&, const CatalogMember&) = default;
};
using CatalogMembers = std::map<Name, CatalogMember>;  ///< by the zone, lower case

/// Reads a catalog zone, version 2 (RFC 9432):
///
///     version            TXT "2"        exactly one
///     ID.zones           PTR  member    exactly one
///     group.ID.zones     TXT  "group"
///     coo.ID.zones       PTR  catalog   at most one
///
/// below the zone's own name. What else is there is passed over. Error: the catalog is broken, and nothing of
/// it may be used: another version, several names at one node, a member at two nodes, over `most_zones`.
/// Pure.
[[nodiscard]] Result<CatalogMembers> read_catalog(const Content& catalog, std::size_t most_zones);

}  // namespace doors::xfr
