#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "zones/image/layout.h"

namespace doors {

/// How the blocks of the NSEC search tree (layout::TreeBlock) lie for so many owners. Level 0 has the leaves:
/// one key for each owner. A key of a higher level is the first key of one block below it; the last level has
/// one block.
///
///     section nsec_tree:   | level 0 … | level 1 … | root |
struct NsecTreeShape {
  static constexpr std::size_t max_levels = 9;  // 15^9 > 2^32
  std::size_t levels = 0;
  std::size_t blocks = 0;
  std::array<std::size_t, max_levels> starts;   ///< in blocks
  std::array<std::size_t, max_levels> strides;  ///< owners from one key of the level to the next
  std::array<std::size_t, max_levels> keys_of;  ///< keys of the level

  /// `owners` at least 1, at most 2^32.
  explicit constexpr NsecTreeShape(std::size_t owners) noexcept {
    std::size_t keys = owners;
    std::size_t stride = 1;
    do {
      starts[levels] = blocks;
      strides[levels] = stride;
      keys_of[levels] = keys;
      ++levels;
      keys = (keys - 1) / layout::TreeBlock::fanout + 1;
      blocks += keys;
      stride *= layout::TreeBlock::fanout;
    } while (keys > 1);
  }
};

}  // namespace doors
