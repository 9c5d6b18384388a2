#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "zones/image/image.h"
#include "zones/image/layout.h"

namespace doors {

/// Checks once, when an image is opened, all that the accessors of ZoneImage and NodeView then rely on
/// without looking: every reference leads to a node or a block of the right kind inside the heap, every name
/// is a name below the origin, every record is whole, of the type it lies under, and its RDATA has that
/// type's form. It finds what a writer would never write; that names are in order and in the right buckets it
/// takes from the checksums. One pass over the heap, in its order; a bit for each 8 octets of it is
/// remembered.
class ImageCheck {
 public:
  struct Sections {
    std::span<const layout::Bucket> buckets;
    Octets heap;
    std::span<const layout::TreeBlock> nsec_tree;
    std::span<const std::uint64_t> nsec3_hashes;
    std::span<const std::uint32_t> nsec3_index;
  };
  /// `image` has all its members but negative_soa.
  ImageCheck(const ZoneImage& image, const layout::Header& header, const Sections& sections)
      : image_(image), header_(header), sections_(sections) {}

  /// What is wrong, or null. Once.
  [[nodiscard]] const char* run();

 private:
  /// One bit for each place in the heap where a node or block may start.
  class Places {
   public:
    void resize(std::size_t places) { bits_.assign(places / 64 + 1, 0); }
    [[nodiscard]] bool has(std::size_t place) const noexcept {
      return (bits_[place / 64] >> (place % 64) & 1) != 0;
    }
    void add(std::size_t place) noexcept { bits_[place / 64] |= std::uint64_t{1} << (place % 64); }

   private:
    std::vector<std::uint64_t> bits_;
  };

  [[nodiscard]] const char* check_origin() const noexcept;
  [[nodiscard]] const char* mark_nodes() noexcept;
  [[nodiscard]] const char* check_nodes() noexcept;
  [[nodiscard]] const char* check_node(std::uint32_t reference, std::uint32_t next) noexcept;
  [[nodiscard]] const char* check_entries(NodeView node, const std::byte* references, std::size_t rrsets,
                                          std::size_t lone) noexcept;
  [[nodiscard]] const char* check_links(std::uint32_t reference) const noexcept;
  [[nodiscard]] const char* check_block(RRType type, std::uint32_t reference, bool lone) noexcept;
  [[nodiscard]] const char* check_apex() noexcept;
  [[nodiscard]] const char* check_buckets() const noexcept;
  [[nodiscard]] const char* check_nsec() const noexcept;
  [[nodiscard]] const char* check_nsec3() const noexcept;

  /// Whether a reference leads into the heap; place() and room_at() may be asked only then.
  [[nodiscard]] bool in_heap(std::uint32_t reference) const noexcept;
  [[nodiscard]] std::size_t place(std::uint32_t reference) const noexcept;
  [[nodiscard]] bool is_node(std::uint32_t reference) const noexcept {
    return in_heap(reference) && nodes_.has(place(reference));
  }
  [[nodiscard]] bool is_denier(std::uint32_t reference) const noexcept {
    return in_heap(reference) && deniers_.has(place(reference));
  }
  /// Octets from there to the end of the heap.
  [[nodiscard]] std::size_t room_at(std::uint32_t reference) const noexcept;

  const ZoneImage& image_;
  const layout::Header& header_;
  Sections sections_;
  std::size_t heap_at_ = 0;  // octets from the start of the file
  Places nodes_;
  Places deniers_;                    // nodes in the NSEC or NSEC3 section
  Places blocks_;                     // those found right
  std::uint64_t checked_octets_ = 0;  // of blocks: more than the heap means that they overlap
};

}  // namespace doors
