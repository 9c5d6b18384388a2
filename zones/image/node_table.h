#pragma once

#include <cstdint>
#include <vector>

#include "zones/content/content.h"
#include "zones/dns/hashed_name.h"

namespace doors {

/// One owner name or empty non-terminal while an image is being built.
struct BuiltNode {
  static constexpr std::uint32_t none = UINT32_MAX;
  NameView name;                    ///< borrowed from the content
  std::uint64_t hash = 0;
  std::uint32_t first_rrset = 0;    ///< in the content
  std::uint32_t rrset_count = 0;    ///< with its RRSIG sets; 0: an empty non-terminal
  std::uint32_t cover = none;       ///< topmost zone cut or DNAME owner above
  std::uint32_t wildcard = none;    ///< *.<this>
  std::uint8_t labels = 0;
  bool zone_cut = false;
  bool dname = false;
  bool hashed_owner = false;        ///< an NSEC3 owner: no name of the zone (RFC 5155 §7.2.8)
};

/// The nodes of a zone in canonical order: its owner names, and the empty non-terminals above them (RFC 4592 §2.2.2).
/// In that order a node comes right before all below it, so one pass with the chain of ancestors settles cuts,
/// occlusion and wildcards.
class NodeTable {
 public:
  explicit NodeTable(const Content& content);
  [[nodiscard]] const std::vector<BuiltNode>& nodes() const noexcept { return nodes_; }
  /// The node of that name, hashed owners excepted; BuiltNode::none if there is none.
  [[nodiscard]] std::uint32_t find(NameView name) const;
  /// The first node that has a name at all is the apex.
  [[nodiscard]] std::uint32_t apex() const noexcept { return 0; }

 private:
  void settle();
  std::vector<BuiltNode> nodes_;
  std::vector<std::uint32_t> table_;  // open addressing by hash, node + 1
};

}  // namespace doors
