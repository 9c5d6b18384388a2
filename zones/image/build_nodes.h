#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "zones/content/content.h"
#include "zones/dns/name.h"
#include "zones/image/layout.h"

namespace doors {

/// "No node": nodes are known by their place in canonical order while an image is built.
inline constexpr std::uint32_t no_node = std::numeric_limits<std::uint32_t>::max();

/// A node of the image to be, before it has a place in it.
struct BuildNode {
  const std::byte* wire = nullptr;  ///< its name, in the content
  std::uint64_t hash = 0;           ///< name_hash() of it
  std::uint32_t first_rrset = 0;    ///< its RRsets in the content, signatures too
  std::uint32_t rrsets = 0;         ///< 0: an empty non-terminal
  std::uint32_t first_entry = 0;    ///< its entries in BuildBlocks
  std::uint32_t cover = no_node;
  std::uint32_t wildcard = no_node;
  std::uint32_t denial = no_node;           ///< the NSEC3 owner that matches or covers it
  std::uint32_t wildcard_denial = no_node;  ///< the NSEC(3) owner that matches or covers `*.` below it
  std::uint32_t reference = 0;              ///< where it lies in the image
  std::uint16_t entries = 0;
  std::uint16_t lone = 0;  ///< of the entries, those at the end that are signatures only
  std::uint8_t octets = 0;
  std::uint8_t labels = 0;
  bool zone_cut = false;
  bool dname = false;
  bool nsec = false;
  bool nsec3 = false;
  bool denial_matches = false;
  bool hashed = false;  ///< an NSEC3 owner and nothing else: does not exist as a name (RFC 5155 §7.2.8)

  [[nodiscard]] NameView name() const noexcept { return NameView::trusted({wire, octets}); }
  [[nodiscard]] bool occluded() const noexcept { return cover != no_node; }
};

/// All nodes of a zone in canonical order: the owner names and the empty non-terminals between them, with
/// what their place in the tree says of them: zone cut, covered by one, wildcard below.
struct BuildNodes {
  std::vector<BuildNode> nodes;  ///< the apex first
  std::uint8_t origin_labels = 0;
  std::uint8_t deepest_labels = 0;  ///< of a node that is not occluded
  std::uint8_t first_labels = 0;    ///< the depth that most such nodes have, the apex aside
};

/// Borrows the content's octets. At most 2^32 - 2 nodes; gives none if there would be more.
[[nodiscard]] BuildNodes build_nodes(const Content& content);

}  // namespace doors
