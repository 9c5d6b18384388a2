#include "sync/ctl/status_rows.h"

#include <algorithm>
#include <utility>

namespace doors::ctl {

ZoneRow read_zone_row(const ControlMessage& message) {
  ZoneRow row;
  row.pop = message.text("pop");
  row.node = message.text("node");
  if (const Result<Name> zone = Name::parse(message.text("zone")); zone) row.zone = *zone;
  row.number = {static_cast<std::uint32_t>(message.number("epoch").value_or(0)),
                message.number("seq").value_or(0)};
  row.serial = static_cast<std::uint32_t>(message.number("serial").value_or(0));
  row.state = message.text("state");
  row.age = std::chrono::milliseconds(message.number("age_ms").value_or(0));
  row.reason = message.text("reason");
  return row;
}

bool is_current(const ZoneRow& row, const std::map<Name, StoredVersion>& heads) {
  const auto head = heads.find(row.zone);
  return row.state == "served" && (head == heads.end() || head->second.number <= row.number);
}

std::vector<NodeSummary> summaries(const std::vector<ZoneRow>& rows,
                                   const std::map<Name, StoredVersion>& heads) {
  const auto zones = static_cast<std::size_t>(std::count_if(heads.begin(), heads.end(), [](const auto& head) {
    return head.second.kind != VersionKind::tombstone;
  }));
  std::map<std::pair<std::string, std::string>, NodeSummary> nodes;
  for (const ZoneRow& row : rows) {
    NodeSummary& node = nodes[{row.pop, row.node}];
    node.pop = row.pop;
    node.node = row.node;
    const auto head = heads.find(row.zone);
    if (head != heads.end() && head->second.kind == VersionKind::tombstone) continue;
    if (is_current(row, heads)) {
      ++node.current;
    } else if (node.first_reason.empty()) {
      node.first_reason = row.zone.to_string() + ": " + (row.reason.empty() ? row.state : row.reason);
    }
  }
  std::vector<NodeSummary> list;
  list.reserve(nodes.size());
  for (auto& [key, node] : nodes) {
    node.behind = zones - std::min(zones, node.current);
    list.push_back(std::move(node));
  }
  return list;
}

}  // namespace doors::ctl
