#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "zones/base/error.h"
#include "zones/content/content.h"
#include "zones/image/build_index.h"
#include "zones/image/build_nodes.h"

namespace doors {

/// A block of the image to be: an RRset with its signatures, or signatures alone.
struct BuildBlock {
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t records = none;     ///< RRset in the content
  std::uint32_t signatures = none;  ///< RRSIG set in the content
  std::uint32_t first_target = 0;   ///< in BuildBlocks::targets
  std::uint32_t reference = 0;      ///< where it lies in the image
  std::uint16_t targets = 0;
  bool shared = false;  ///< more than one node has it
};

/// All blocks of an image to be. Equal RRsets without signatures (the NS sets of delegations, above all) are
/// one.
struct BuildBlocks {
  struct Entry {
    std::uint32_t block;
    RRType type;
  };
  std::vector<Entry> entries;          ///< node by node: RRsets by type, then signatures alone
  std::vector<BuildBlock> blocks;      ///< in the order of their first entries
  std::vector<std::uint32_t> targets;  ///< nodes
  /// Hashes, ascending, of names that would be targets if they had an address: an overlay that gives one an
  /// address could not tell the blocks that name it.
  std::vector<std::uint64_t> dangling;
  bool many_targets = false;  ///< some block has more than a response keeps apart
};

/// Whether the names in such RDATA have their addresses told in the additional section.
[[nodiscard]] bool has_additional(RRType type) noexcept;

/// Groups each node's RRsets, and writes the places of its entries into it. Error: too many types at a name.
[[nodiscard]] Result<BuildBlocks> build_blocks(const Content& content, std::vector<BuildNode>& nodes,
                                               const BuildIndex& index);

/// How a block lies; `layout::block` says what the numbers mean.
struct BlockShape {
  std::uint64_t records_octets = 0;
  std::uint64_t signatures_octets = 0;
  std::uint16_t records = 0;
  std::uint16_t signatures = 0;
  std::uint16_t targets = 0;
  [[nodiscard]] bool wide() const noexcept;
  /// All of it, a multiple of 8.
  [[nodiscard]] std::uint64_t octets() const noexcept;
};
[[nodiscard]] BlockShape shape_of(const Content& content, const BuildBlock& block) noexcept;
/// Writes a block's numbers; gives where its targets go.
[[nodiscard]] std::byte* write_block_header(std::byte* to, const BlockShape& shape) noexcept;
/// Makes a whole block of the SOA that of negative answers: RFC 2308 §5, it lives no longer than its MINIMUM
/// says, and its signature neither.
void limit_negative_ttl(std::byte* soa_block, const BlockShape& shape) noexcept;

}  // namespace doors
