#include "zones/image/overlay.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "zones/image/image.h"

namespace doors {

using layout::OverlaySection;

std::shared_ptr<const Overlay> Overlay::lay(Storage file, std::shared_ptr<const ZoneImage> base) {
  return std::shared_ptr<const Overlay>(new Overlay(std::move(file), std::move(base)));
}

Overlay::Overlay(Storage file, std::shared_ptr<const ZoneImage> base)
    : file_(std::move(file)), base_(std::move(base)) {
  start_ = reinterpret_cast<const std::byte*>(file_.data());
  base_start_ = base_->start();
  split_ = header().split;
  redirects_ = section<layout::Redirect>(OverlaySection::redirects);
  buckets_ = section<layout::Bucket>(OverlaySection::buckets);

  static_assert(max_head_octets >= sizeof(layout::Header) + 2 * 255 && max_head_octets % 64 == 0);
  layout::Header head = base_->header_;
  std::memcpy(head_.data(), base_start_, head.header_octets);
  const layout::OverlayHeader& fresh = header();
  head.unchecked = layout::is_overlaid;
  head.file_octets += octets().size();
  head.seq = fresh.seq;
  head.epoch = fresh.epoch;
  head.serial = fresh.serial;
  head.content_digest = fresh.content_digest;
  head.records = fresh.records;
  head.nodes = fresh.nodes;
  head.apex = fresh.apex;
  head.negative_soa = fresh.negative_soa;
  head.deepest_labels = fresh.deepest_labels;
  std::memcpy(head_.data(), &head, sizeof head);
}

// An inserted node, or how-manieth it is of those that the base still has; then as many further in the base
// as removed ones lie before it.
std::uint32_t Overlay::reference_in_order(std::size_t i) const noexcept {
  const auto inserted = section<layout::Inserted>(OverlaySection::inserted);
  const auto removed = section<std::uint32_t>(OverlaySection::removed);
  const auto at = std::ranges::lower_bound(inserted, i, {}, &layout::Inserted::place);
  if (at != inserted.end() && at->place == i) return at->reference;
  const std::size_t kept = i - static_cast<std::size_t>(at - inserted.begin());
  std::size_t low = 0;
  for (std::size_t high = removed.size(); low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    if (removed[middle] - middle <= kept) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return base_->used(base_->order()[kept + low]);
}

}  // namespace doors
