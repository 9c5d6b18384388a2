#pragma once

#include <cstdint>
#include <vector>

#include "zones/content/content.h"
#include "zones/image/build_nodes.h"
#include "zones/image/image.h"
#include "zones/image/layout.h"

namespace doors {

/// What an image needs to deny names: the NSEC owners and the tree over them, or the NSEC3 owners and their
/// hashes.
struct BuildDenial {
  ZoneImage::Denial kind = ZoneImage::Denial::none;
  std::vector<std::uint32_t> owners;  ///< nodes: NSEC owners in canonical order, or NSEC3 owners by hash
  std::vector<layout::TreeBlock> nsec_tree;
  std::vector<std::uint64_t> nsec3_hashes;
  std::vector<std::uint32_t> nsec3_index;
  std::uint8_t nsec3_index_bits = 0;
  std::uint16_t nsec3_iterations = 0;
  Octets nsec3_salt;  ///< in the content
};

/// Settles how the zone denies, and for each node which NSEC or NSEC3 belongs to it and to the wildcard below
/// it. NSEC3 is taken where an NSEC3PARAM with flags 0 (RFC 5155 §4.1.2) says that its chain is whole, and
/// among several the first whose chain has the apex; else NSEC where the apex has one. Borrows the content's
/// octets.
[[nodiscard]] BuildDenial build_denial(const Content& content, std::vector<BuildNode>& nodes);

}  // namespace doors
