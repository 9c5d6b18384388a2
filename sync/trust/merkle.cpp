#include "sync/trust/merkle.h"

#include <cassert>

#include "zones/base/sha256.h"

namespace doors {
namespace {

constexpr std::byte leaf_mark{0x00};
constexpr std::byte node_mark{0x01};

MerkleHash node_of(Sha256Stream& stream, const MerkleHash& left, const MerkleHash& right) {
  return stream.update({&node_mark, 1}).update(left).update(right).finish();
}

}  // namespace

MerkleHash merkle_leaf(Octets record) {
  Sha256Stream stream;
  return stream.update({&leaf_mark, 1}).update(record).finish();
}

// Level by level, an odd last hash going up as it is, gives the same tree as RFC 9162's cut at the largest
// power of two: that cut fills the left side completely at every level.
MerkleTree::MerkleTree(std::vector<MerkleHash> leaves) {
  assert(!leaves.empty());
  levels_.push_back(std::move(leaves));
  Sha256Stream stream;
  while (levels_.back().size() > 1) {
    const std::vector<MerkleHash>& below = levels_.back();
    std::vector<MerkleHash> level;
    level.reserve(below.size() / 2 + 1);
    for (std::size_t i = 0; i + 1 < below.size(); i += 2)
      level.push_back(node_of(stream, below[i], below[i + 1]));
    if (below.size() % 2 == 1) level.push_back(below.back());
    levels_.push_back(std::move(level));
  }
}

std::vector<MerkleHash> MerkleTree::path(std::uint32_t index) const {
  assert(index < size());
  std::vector<MerkleHash> path;
  std::size_t at = index;
  for (std::size_t level = 0; level + 1 < levels_.size(); ++level, at /= 2) {
    const std::size_t sibling = at ^ 1;
    if (sibling < levels_[level].size()) path.push_back(levels_[level][sibling]);
  }
  return path;
}

std::optional<MerkleHash> merkle_root_of(const MerkleHash& leaf, std::uint32_t index, std::uint32_t size,
                                         std::span<const MerkleHash> path) {
  if (index >= size) return std::nullopt;
  std::uint32_t at = index;
  std::uint32_t last = size - 1;
  MerkleHash hash = leaf;
  Sha256Stream stream;
  for (const MerkleHash& sibling : path) {
    if (last == 0) return std::nullopt;  // longer than the tree is high
    if (at % 2 == 1 || at == last) {
      hash = node_of(stream, sibling, hash);
      // A last hash without a sibling went up as it was: skip those levels.
      while (at % 2 == 0 && at != 0) {
        at /= 2;
        last /= 2;
      }
    } else {
      hash = node_of(stream, hash, sibling);
    }
    at /= 2;
    last /= 2;
  }
  if (last != 0) return std::nullopt;
  return hash;
}

}  // namespace doors
