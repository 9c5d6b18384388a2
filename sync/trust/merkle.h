#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "zones/base/octets.h"

namespace doors {

/// The Merkle tree of RFC 9162 §2.1 over the records of one push, with SHA-256. Leaves and inner nodes are
/// hashed apart, so neither can pass for the other:
///
///     leaf = SHA-256(0x00 | record)        node = SHA-256(0x01 | left | right)
///
/// A tree of n > 1 leaves is cut at the largest power of two below n. All functions pure; any thread.
using MerkleHash = std::array<std::byte, 32>;

[[nodiscard]] MerkleHash merkle_leaf(Octets record);

/// A tree of 1..2^32-1 leaves, kept whole (2n hashes), so that each audit path costs log2 n.
class MerkleTree {
 public:
  explicit MerkleTree(std::vector<MerkleHash> leaves);
  [[nodiscard]] const MerkleHash& root() const noexcept { return levels_.back().front(); }
  [[nodiscard]] std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(levels_.front().size());
  }
  /// The audit path of a leaf, from its sibling up to the root's child (RFC 9162 §2.1.3.1); at most 32
  /// hashes.
  [[nodiscard]] std::vector<MerkleHash> path(std::uint32_t index) const;

 private:
  std::vector<std::vector<MerkleHash>> levels_;  // [0] the leaves, each next the pairs of the one below
};

/// The root that a leaf and its path lead to (RFC 9162 §2.1.3.2); nothing if index, size and the path's
/// length contradict each other.
[[nodiscard]] std::optional<MerkleHash> merkle_root_of(const MerkleHash& leaf, std::uint32_t index,
                                                       std::uint32_t size, std::span<const MerkleHash> path);

}  // namespace doors
