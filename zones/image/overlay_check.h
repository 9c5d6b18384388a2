#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "zones/image/form_check.h"
#include "zones/image/image.h"

namespace doors {

/// Checks an overlay when it is opened, all of it: it is small. After that no look-up can leave it or its
/// base, whatever its octets were: every reference leads to a node or a block of the right kind in one of the
/// two, and every table is as searches want it. What its base holds is checked there.
class OverlayCheck {
 public:
  /// What is wrong with sizes and places in the file, or null; before anything else is asked of it.
  [[nodiscard]] static const char* check_extents(Octets file) noexcept;

  /// What header.checksum has to be, of a file not shorter than its header.
  [[nodiscard]] static std::uint64_t checksum(Octets file) noexcept;

  explicit OverlayCheck(const Overlay& overlay) noexcept
      : overlay_(overlay), image_(overlay.image()), base_(overlay.base()) {}
  /// What is wrong with the rest, or null. Once.
  [[nodiscard]] const char* run();

 private:
  [[nodiscard]] const char* check_redirects();
  [[nodiscard]] const char* check_nodes();
  [[nodiscard]] const char* check_node(std::uint32_t reference, std::size_t room);
  [[nodiscard]] const char* check_links(NodeView node) const;
  [[nodiscard]] const char* check_block(RRType type, std::uint32_t reference, bool lone,
                                        NodeView before) const;
  [[nodiscard]] const char* check_apex() const;
  [[nodiscard]] const char* check_tables() const;

  [[nodiscard]] bool is_node_here(std::uint32_t reference) const noexcept;
  [[nodiscard]] bool is_node(std::uint32_t reference) const noexcept;
  [[nodiscard]] bool in_heap(std::uint32_t reference) const noexcept;
  [[nodiscard]] std::size_t room_at(std::uint32_t reference) const noexcept;
  template <class Item>
  [[nodiscard]] std::span<const Item> section(layout::OverlaySection id) const noexcept {
    return overlay_.section<Item>(id);
  }

  const Overlay& overlay_;
  const ZoneImage& image_;
  const ZoneImage& base_;
  std::map<std::uint32_t, std::uint32_t> in_base_;  // node here: the base's node that it stands for
};

}  // namespace doors
