#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/image/lookup.h"
#include "zones/image/overlay_layout.h"

namespace doors {

class ZoneImage;

/// An overlay in memory, with its base. It begins with a header like an image's, so that it is one: the
/// base's in all that concerns names and depths, the overlay's in what the version says. Where ZoneImage and
/// NodeView come upon an image that is not plain, they ask here what a reference, a place or a denial is now.
/// Any thread.
///
///     | header, origin, salt: the ZoneImage | what is below |      base ◄── shared
class Overlay {
 public:
  /// Room for 64-aligned octets of a file.
  using Storage = std::vector<layout::Bucket>;

  /// Trusts the octets, which OverlayCheck will see or the builder has made.
  [[nodiscard]] static std::shared_ptr<const Overlay> lay(Storage file,
                                                          std::shared_ptr<const ZoneImage> base);
  /// That header's overlay; it has one.
  [[nodiscard]] static const Overlay* behind(const layout::Header& header) noexcept {
    return reinterpret_cast<const Overlay*>(&header);
  }
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;

  [[nodiscard]] const ZoneImage& image() const noexcept {
    return *reinterpret_cast<const ZoneImage*>(head_.data());
  }
  [[nodiscard]] const ZoneImage& base() const noexcept { return *base_; }
  [[nodiscard]] const std::shared_ptr<const ZoneImage>& shared_base() const noexcept { return base_; }
  [[nodiscard]] const layout::OverlayHeader& header() const noexcept {
    return *reinterpret_cast<const layout::OverlayHeader*>(file_.data());
  }
  [[nodiscard]] Octets octets() const noexcept { return std::as_bytes(std::span(file_)); }

  /// Whether a reference leads into the overlay.
  [[nodiscard]] bool has(std::uint32_t reference) const noexcept { return reference >= split_; }
  [[nodiscard]] const std::byte* at(std::uint32_t reference) const noexcept {
    return has(reference) ? start_ + std::size_t{reference - split_} * layout::reference_unit
                          : base_start_ + std::size_t{reference} * layout::reference_unit;
  }
  /// Whether a node lies in the overlay.
  [[nodiscard]] bool holds(const std::byte* node) const noexcept {
    return node >= start_ && node < start_ + octets().size();
  }
  /// Of a node, wherever it lies.
  [[nodiscard]] std::uint32_t reference_of(const std::byte* node) const noexcept {
    const auto units = [node](const std::byte* from) {
      return static_cast<std::uint32_t>(static_cast<std::size_t>(node - from) / layout::reference_unit);
    };
    return holds(node) ? split_ + units(start_) : units(base_start_);
  }

  /// The node that stands for `reference` in this version.
  [[nodiscard]] std::uint32_t live(std::uint32_t reference) const noexcept {
    const layout::Redirect* found = redirect(reference);
    return found == nullptr ? reference : found->to;
  }
  [[nodiscard]] std::span<const layout::Bucket> buckets() const noexcept { return buckets_; }
  /// Of the i-th node in this version's order.
  [[nodiscard]] std::uint32_t reference_in_order(std::size_t i) const noexcept;

  // What NodeView and ZoneImage are asked under the same names. `place`: in the base's list, as found there.
  [[nodiscard]] NodeView nsec3_match(NodeView node) const noexcept;
  [[nodiscard]] NodeView nsec3_cover(NodeView node) const noexcept;
  [[nodiscard]] NodeView denial_of_wildcard(NodeView node) const noexcept;
  [[nodiscard]] NodeView nsec_at_or_before(NameView name, std::size_t place) const noexcept;
  struct Nsec3Found {
    NodeView node;
    bool matches = false;
  };
  [[nodiscard]] Nsec3Found nsec3_at_or_before(std::span<const char, 32> label,
                                              std::size_t place) const noexcept;

  template <class Item>
  [[nodiscard]] std::span<const Item> section(layout::OverlaySection id) const noexcept {
    const auto& extent = header().sections[static_cast<std::size_t>(id)];
    return {reinterpret_cast<const Item*>(start_ + extent.offset), extent.octets / sizeof(Item)};
  }

 private:
  Overlay(Storage file, std::shared_ptr<const ZoneImage> base);
  /// Null where the node is as it was. At most as many steps as there are slots.
  [[nodiscard]] const layout::Redirect* redirect(std::uint32_t reference) const noexcept {
    if (has(reference)) return nullptr;
    const std::size_t mask = redirects_.size() - 1;
    for (std::size_t slot = layout::redirect_slot(reference, redirects_.size());; slot = (slot + 1) & mask) {
      const layout::Redirect& there = redirects_[slot];
      if (there.from == reference) return &there;
      if (there.from == 0) return nullptr;  // one at least is free
    }
  }
  [[nodiscard]] bool is(std::uint32_t reference, std::uint32_t flag) const noexcept {
    const layout::Redirect* found = redirect(reference);
    return found != nullptr && (found->flags & flag) != 0;
  }
  /// Whether what a node names as its denier, or its wildcard's, may be another one in this version.
  [[nodiscard]] bool is_unsettled(NodeView node, std::uint32_t denier) const noexcept;
  [[nodiscard]] Nsec3Found nsec3_of(NodeView node) const noexcept;

  static constexpr std::size_t max_head_octets = 704;  // header, origin, salt; a multiple of 64
  alignas(64) std::array<std::byte, max_head_octets> head_;
  const std::byte* start_;
  const std::byte* base_start_;
  std::uint32_t split_;
  std::span<const layout::Redirect> redirects_;
  std::span<const layout::Bucket> buckets_;
  Storage file_;
  std::shared_ptr<const ZoneImage> base_;
};

}  // namespace doors
