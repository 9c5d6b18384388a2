#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "zones/image/form_check.h"
#include "zones/image/image.h"
#include "zones/image/layout.h"

namespace doors {

/// Checks once, what FormCheck checks of one node, of a whole image whose pages are right; and that every
/// reference leads to a node or a block of the right kind. It finds what a writer would never write; that
/// names are in order and in the right buckets it takes from the checksums. One pass over the heap, in its
/// order; a bit for each 8 octets of it is remembered.
class ImageCheck {
 public:
  /// Gives up, as if all were well, where `stop` becomes true.
  ImageCheck(const ZoneImage& image, const std::atomic<bool>& stop)
      : image_(image), stop_(stop), form_(image, nullptr) {}

  /// What is wrong, or null. Once.
  [[nodiscard]] const char* run();

 private:
  /// One bit for each place in the heap where a node or block may start.
  class Places {
   public:
    /// All clear. Without allocating for an image of up to 64 KiB.
    void resize(std::size_t places) {
      if (places / 64 < few_.size()) return;
      many_.assign(places / 64 + 1, 0);
      bits_ = many_.data();
    }
    Places() = default;
    Places(const Places&) = delete;
    Places& operator=(const Places&) = delete;
    [[nodiscard]] bool has(std::size_t place) const noexcept {
      return (bits_[place / 64] >> (place % 64) & 1) != 0;
    }
    void add(std::size_t place) noexcept { bits_[place / 64] |= std::uint64_t{1} << (place % 64); }

   private:
    std::array<std::uint64_t, layout::page_octets / layout::reference_unit / 64 + 1> few_{};
    std::vector<std::uint64_t> many_;
    std::uint64_t* bits_ = few_.data();
  };

  [[nodiscard]] const char* mark_nodes() noexcept;
  [[nodiscard]] const char* check_nodes() noexcept;
  [[nodiscard]] const char* check_node(std::uint32_t reference, std::uint32_t next) noexcept;
  [[nodiscard]] const char* check_links(std::uint32_t reference) const noexcept;
  [[nodiscard]] const char* check_block(RRType type, std::uint32_t reference, bool lone) noexcept;
  [[nodiscard]] const char* check_apex() noexcept;
  [[nodiscard]] const char* check_buckets() const noexcept;
  [[nodiscard]] const char* check_nsec() const noexcept;
  [[nodiscard]] const char* check_nsec3() const noexcept;

  /// A node that is known to be one.
  [[nodiscard]] NodeView node(std::uint32_t reference) const noexcept {
    return {image_, image_.at(reference)};
  }
  [[nodiscard]] std::size_t place(std::uint32_t reference) const noexcept;
  [[nodiscard]] bool is_node(std::uint32_t reference) const noexcept {
    return form_.in_heap(reference) && nodes_.has(place(reference));
  }
  [[nodiscard]] bool is_denier(std::uint32_t reference) const noexcept {
    return form_.in_heap(reference) && deniers_.has(place(reference));
  }

  const ZoneImage& image_;
  const std::atomic<bool>& stop_;
  FormCheck form_;
  std::size_t room_at_first_ = 0;  // octets of the heap
  Places nodes_;
  Places deniers_;                    // nodes in the NSEC or NSEC3 section
  Places blocks_;                     // those found right
  std::uint64_t checked_octets_ = 0;  // of blocks: more than the heap means that they overlap
};

}  // namespace doors
