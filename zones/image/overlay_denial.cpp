// Which NSEC or NSEC3 stands at, or covers, a name in a base with an overlay: the nearer of both.
#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "zones/dns/nsec3_hash.h"
#include "zones/image/image.h"

namespace doors {

using layout::OverlaySection;
using layout::Redirect;

namespace {

using Label = std::span<const char, 32>;

/// Labels are in base 32 hex, so their order is that of the hashes. A bad label, of a damaged owner, is above
/// all.
int order(NodeView owner, Octets label) noexcept {
  const Octets own = owner.name().first_label();
  return own.size() == label.size() ? std::memcmp(own.data(), label.data(), label.size()) : 1;
}

}  // namespace

// Nodes of the overlay were settled with it.
bool Overlay::is_unsettled(NodeView node, std::uint32_t denier) const noexcept {
  return !holds(node.at_) && is(denier, Redirect::unsettled);
}

Overlay::Nsec3Found Overlay::nsec3_of(NodeView node) const noexcept {
  const std::uint32_t denier = node.link(layout::node::denial);
  if (denier == 0) return {};
  if (is_unsettled(node, denier)) {
    const auto params = image().nsec3_params();
    const auto found = image().nsec3_at_or_before(nsec3_hash(node.name(), params.iterations, params.salt));
    return {found.node, found.matches};
  }
  return {node.optional(layout::node::denial), (node.flags() & layout::node::denial_matches) != 0};
}

NodeView Overlay::nsec3_match(NodeView node) const noexcept {
  const Nsec3Found found = nsec3_of(node);
  return found.matches ? found.node : NodeView();
}

NodeView Overlay::nsec3_cover(NodeView node) const noexcept {
  const Nsec3Found found = nsec3_of(node);
  return found.matches ? NodeView() : found.node;
}

NodeView Overlay::denial_of_wildcard(NodeView node) const noexcept {
  static constexpr std::array<std::byte, 2> label{std::byte{1}, std::byte{'*'}};
  const std::uint32_t denier = node.link(layout::node::wildcard_denial);
  if (denier == 0 || !is_unsettled(node, denier)) return node.optional(layout::node::wildcard_denial);
  const auto wildcard = Name::join(label, node.name());
  if (!wildcard) return {};
  if (image().denial() == ZoneImage::Denial::nsec) return image().nsec_at_or_before(*wildcard);
  const auto params = image().nsec3_params();
  return image().nsec3_at_or_before(nsec3_hash(*wildcard, params.iterations, params.salt)).node;
}

// The apex is an NSEC owner for ever, so going back over removed ones ends, after at most as many steps as
// the overlay has names.
NodeView Overlay::nsec_at_or_before(NameView name, std::size_t place) const noexcept {
  const auto owners = base_->nsec();
  while (place > 0 && is(base_->used(owners[place]), Redirect::no_denier)) --place;
  const NodeView before = image().node(base_->used(owners[place]), ZoneImage::Need::nsec);
  const auto added = section<std::uint32_t>(OverlaySection::nsec);
  const auto behind = std::partition_point(added.begin(), added.end(), [&](std::uint32_t reference) {
    return image().node(reference).name().canonical_compare(name) <= 0;
  });
  if (behind == added.begin()) return before;
  const NodeView here = image().node(behind[-1]);
  return here.name().canonical_compare(before.name()) > 0 ? here : before;
}

// `place` is behind the base's last owner whose first 8 octets are not above the hash's. At most two rounds
// of removed owners.
Overlay::Nsec3Found Overlay::nsec3_at_or_before(Label wanted, std::size_t place) const noexcept {
  const Octets label = std::as_bytes(wanted);
  const auto owners = base_->nsec3();
  NodeView before;
  bool wrapped = false;  // it lies above the hash, and so covers it round the circle's end
  for (std::size_t step = 0; step < 2 * owners.size() && !before; ++step) {
    wrapped = wrapped || place == 0;
    place = place == 0 ? owners.size() - 1 : place - 1;
    const std::uint32_t reference = base_->used(owners[place]);
    if (is(reference, Redirect::no_denier)) continue;
    const NodeView owner = image().node(reference, ZoneImage::Need::nsec3);
    if (wrapped || order(owner, label) <= 0) before = owner;
  }
  const auto added = section<std::uint32_t>(OverlaySection::nsec3);
  if (!added.empty()) {
    const auto behind = std::partition_point(added.begin(), added.end(), [&](std::uint32_t reference) {
      return order(image().node(reference), label) <= 0;
    });
    const bool added_wrapped = behind == added.begin();
    const NodeView here = image().node(added_wrapped ? added.back() : behind[-1]);
    const bool nearer =
        !before || (wrapped != added_wrapped ? wrapped : order(here, before.name().first_label()) > 0);
    if (nearer) {
      before = here;
      wrapped = added_wrapped;
    }
  }
  return {before, before && !wrapped && order(before, label) == 0};
}

}  // namespace doors
