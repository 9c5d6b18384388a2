#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "zones/base/error.h"
#include "zones/image/image.h"

namespace doors {

/// Checks an image once, before its first use, so that no look-up can leave the file, whatever its octets were:
/// header, section table and page checksums first, then every node, every reference, every record of every block.
/// Works on one image that nobody else uses yet.
class ImageCheck {
 public:
  /// `file` is the whole image.
  explicit ImageCheck(Octets file) noexcept : file_(file) {}
  /// Header, sizes, section table, checksums: what must hold before any other octet is looked at.
  [[nodiscard]] Result<void> frame();
  /// Everything the sections hold; `image` is settled over the same octets.
  [[nodiscard]] Result<void> structure(const ZoneImage& image);

 private:
  [[nodiscard]] Result<void> walk_nodes(const ZoneImage& image);
  [[nodiscard]] const char* node_problem(const ZoneImage& image, std::size_t at, std::size_t& end) const;
  [[nodiscard]] const char* entry_problem(const ZoneImage& image, const layout::RRsetEntry& entry) const;
  [[nodiscard]] const char* references_problem(const ZoneImage& image) const;
  [[nodiscard]] const char* node_references_problem(const ZoneImage& image, NodeView node) const;
  [[nodiscard]] bool is_node(std::uint32_t reference) const noexcept {
    return reference < starts_.size() && starts_[reference];
  }
  [[nodiscard]] bool is_node_or_none(std::uint32_t reference) const noexcept {
    return reference == 0 || is_node(reference);
  }

  Octets file_;
  std::vector<bool> starts_;  // by reference: a node starts here
};

}  // namespace doors
