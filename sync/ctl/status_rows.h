#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "sync/ctl/table.h"
#include "sync/ctl/versions.h"

namespace doors::ctl {

/// What one node says of one zone (verb `zone` of doorsync's status).
struct ZoneRow {
  std::string pop, node;
  Name zone;
  VersionNumber number;
  std::uint32_t serial = 0;
  std::string state;                 ///< "served", "failed", or on its way
  std::chrono::milliseconds age{0};  ///< since the node reached this state
  std::string reason;
};
[[nodiscard]] ZoneRow read_zone_row(const ControlMessage& message);

/// One node's zones summed up.
struct NodeSummary {
  std::string pop, node;
  std::size_t current = 0;   ///< zones it serves in their newest version
  std::size_t behind = 0;    ///< zones it serves in an older one, or not at all, or failed to
  std::string first_reason;  ///< of those behind
};

/// True if the row's node serves the newest version of its zone.
[[nodiscard]] bool is_current(const ZoneRow& row, const std::map<Name, StoredVersion>& heads);
/// Nodes in order of PoP and name. A zone that a node says nothing of counts as behind. Pure.
[[nodiscard]] std::vector<NodeSummary> summaries(const std::vector<ZoneRow>& rows,
                                                 const std::map<Name, StoredVersion>& heads);

}  // namespace doors::ctl
