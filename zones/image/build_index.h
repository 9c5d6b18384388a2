#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "zones/dns/name.h"
#include "zones/image/build_nodes.h"
#include "zones/image/layout.h"

namespace doors {

/// Puts a number other than 0 into a hash table of names (layout::Bucket), which has a free slot.
void put_into_buckets(std::span<layout::Bucket> buckets, std::uint64_t hash, std::uint32_t value) noexcept;

/// The hash table of an image to be: its buckets hold places in canonical order, plus one, until resolve()
/// puts the nodes' references there.
class BuildIndex {
 public:
  /// Takes in all nodes that exist as names.
  explicit BuildIndex(const std::vector<BuildNode>& nodes);
  /// The node of that name, in lower case; no_node if there is none.
  [[nodiscard]] std::uint32_t find(NameView lower_name) const noexcept;
  /// Once, when every node has its reference.
  void resolve() noexcept;
  [[nodiscard]] const std::vector<layout::Bucket>& buckets() const noexcept { return buckets_; }

 private:
  const std::vector<BuildNode>& nodes_;
  std::vector<layout::Bucket> buckets_;
};

}  // namespace doors
