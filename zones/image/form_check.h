#pragma once

#include <cstddef>
#include <cstdint>

#include "zones/image/image.h"
#include "zones/image/image_memory.h"
#include "zones/image/layout.h"

namespace doors {

/// Checks the form of single nodes and blocks: all that the accessors of NodeView rely on without looking.
/// Every octet lies inside the heap, a name is one below the origin, a record is whole, of the type it lies
/// under, and its RDATA has that type's form. Where the pages are not known to be right, theirs are checked
/// first. Each member gives what is wrong, or null. Allocates nothing; any thread.
class FormCheck {
 public:
  /// What the head of a node or block says of its size.
  struct NodeExtent {
    const std::byte* entries = nullptr;  ///< block references, then types
    std::size_t rrsets = 0;
    std::size_t lone = 0;
  };

  /// `pages` checks pages as they are needed; null: all are known to be right.
  FormCheck(const ZoneImage& image, const ZoneImage::Memory* pages) noexcept
      : image_(image), pages_(pages), heap_(image.heap()), reserved_(layout::node::reserved_counts) {}
  /// The same for nodes and blocks that lie in `heap`, that of an image's overlay.
  FormCheck(const ZoneImage& image, Octets heap) noexcept
      : image_(image),
        pages_(nullptr),
        heap_(heap),
        reserved_(layout::node::reserved_counts & ~layout::node::unnamed) {}

  /// Whether a reference leads into the heap; room_at() may be asked only then.
  [[nodiscard]] bool in_heap(std::uint32_t reference) const noexcept;
  /// Octets from there to the end of the heap.
  [[nodiscard]] std::size_t room_at(std::uint32_t reference) const noexcept;

  /// A node's name and sizes, so that it ends within `room` octets.
  [[nodiscard]] const char* node_extent(std::uint32_t reference, std::size_t room,
                                        NodeExtent& extent) const noexcept;
  /// Its types and flags; `block(type, reference, lone)` checks each of its blocks.
  template <class CheckBlock>
  [[nodiscard]] const char* node_entries(NodeView node, const NodeExtent& extent,
                                         CheckBlock&& block) const noexcept;
  /// A block's sizes: `octets` of all of it.
  [[nodiscard]] const char* block_extent(std::uint32_t reference, std::uint64_t& octets) const noexcept;
  /// Its records, once its sizes are right.
  [[nodiscard]] const char* block_records(RRType type, std::uint32_t reference, bool lone) const noexcept;

  /// All of the above, for one node that is about to be used.
  [[nodiscard]] const char* whole_node(std::uint32_t reference) const noexcept;
  [[nodiscard]] const char* whole_block(RRType type, std::uint32_t reference, bool lone) const noexcept;

 private:
  [[nodiscard]] bool readable(const std::byte* at, std::size_t octets) const noexcept {
    return pages_ == nullptr || pages_->is_right(at, octets);
  }

  const ZoneImage& image_;
  const ZoneImage::Memory* pages_;
  Octets heap_;
  unsigned reserved_;  // bits of a node's counts that must be 0
};

template <class CheckBlock>
const char* FormCheck::node_entries(NodeView node, const NodeExtent& extent,
                                    CheckBlock&& block) const noexcept {
  using layout::load;
  const std::size_t entries = extent.rrsets + extent.lone;
  const std::byte* types = extent.entries + 4 * entries;
  bool has_ns = false;
  bool has_dname = false;
  unsigned before = 0;
  for (std::size_t i = 0; i < entries; ++i) {
    const RRType type{load<std::uint16_t>(types + 2 * i)};
    const bool lone = i >= extent.rrsets;
    if (i == extent.rrsets) before = 0;
    if (raw(type) <= before || (type == RRType::rrsig && !lone)) return "bad type at a node";
    before = raw(type);
    if (const char* problem = block(type, load<std::uint32_t>(extent.entries + 4 * i), lone)) return problem;
    has_ns = has_ns || (!lone && type == RRType::ns);
    has_dname = has_dname || (!lone && type == RRType::dname);
  }
  if (node.is_zone_cut() != (has_ns && !node.is_apex()) || node.has_dname() != has_dname)
    return "bad flags of a node";
  return nullptr;
}

}  // namespace doors
