#include "zones/image/lookup.h"

#include <bit>

#include "zones/image/buckets.h"
#include "zones/image/image.h"

namespace doors {

using layout::Bucket;

// The node of the name's suffix of `labels` labels, or null. All names here end in the origin, so what lies
// before it decides. At most as many steps as there are buckets; all but a few searches take one, and a
// second only after a full bucket. `node` gives what a reference leads to, or null where that is damaged.
template <class BucketAt, class NodeAt>
const std::byte* ZoneImage::probe(const HashedName& name, std::size_t labels, std::size_t buckets,
                                  BucketAt&& bucket_at, NodeAt&& node_at) const noexcept {
  const std::uint64_t hash = name.suffix_hash(labels);
  const Octets wanted = name.suffix(labels).wire();
  const auto size = static_cast<std::byte>(wanted.size());
  const std::size_t own_octets = wanted.size() - header_.origin_octets;
  std::size_t place = layout::bucket_of(hash, buckets);
  for (std::size_t step = 0; step < buckets; ++step) {
    const Bucket& bucket = bucket_at(place);
    for (unsigned slots = layout::slots_with(bucket, layout::tag_of(hash)); slots != 0; slots &= slots - 1) {
      const std::uint32_t reference = bucket.nodes[static_cast<std::size_t>(std::countr_zero(slots))];
      if (reference == 0) continue;
      const std::byte* node = node_at(reference);
      if (node == nullptr) return nullptr;
      if (node[1] == size && std::memcmp(node + layout::node::name_offset, wanted.data(), own_octets) == 0)
        return node;
    }
    if ((bucket.spilled & layout::spill_bit(hash)) == 0) return nullptr;
    place = place + 1 == buckets ? 0 : place + 1;
  }
  return nullptr;
}

const std::byte* ZoneImage::probe(const HashedName& name, std::size_t labels) const noexcept {
  if (const Overlay* laid = overlay()) [[unlikely]] {
    const std::byte* node = probe(
        name, labels, laid->buckets().size(),
        [laid](std::size_t place) -> const Bucket& { return laid->buckets()[place]; },
        [laid](std::uint32_t reference) { return laid->at(reference); });
    if (node != nullptr) {
      return (layout::load<std::uint16_t>(node + 2) & layout::node::unnamed) != 0 ? nullptr : node;
    }
  }
  return probe(
      name, labels, header_.bucket_count,
      [this](std::size_t place) -> const Bucket& { return used(buckets().data()[place]); },
      [this](std::uint32_t reference) { return used_node(reference, Need::node); });
}

NodeView ZoneImage::find(const HashedName& name, std::size_t labels) const noexcept {
  if (labels < header_.origin_labels || labels > name.label_count()) return {};
  if (labels == header_.origin_labels) return apex();
  const std::byte* node = probe(name, labels);
  return node == nullptr ? NodeView() : NodeView(*this, node);
}

void ZoneImage::prefetch_node(const HashedName& name, std::size_t labels) const noexcept {
  if (!is_plain()) [[unlikely]]
    return;  // a look is a use
  const std::uint64_t hash = name.suffix_hash(first_depth(labels));
  const Bucket& bucket = *this->bucket(hash);
  const unsigned slots = layout::slots_with(bucket, layout::tag_of(hash));
  if (slots == 0) return;
  const std::byte* node = at(bucket.nodes[static_cast<std::size_t>(std::countr_zero(slots))]);
  __builtin_prefetch(node);
  __builtin_prefetch(node + 64);
}

// Which suffixes of the name exist is monotone: with a name all its ancestors are nodes (empty
// non-terminals), so the closest encloser is found by halving. The first guess is the zone's most populous
// depth: in a zone of delegations it finds the cut, or that there is none, at once. Names below a cut are
// nodes too (glue) and know their cover, so whatever existing node is hit decides as well as the cut itself.
// At most 9 probes.
Lookup ZoneImage::lookup(const HashedName& name, std::size_t labels) const noexcept {
  Lookup found;
  std::size_t low = header_.origin_labels;  // exists, and is neither cut nor DNAME owner nor occluded
  NodeView encloser = apex();
  if (labels > low && encloser.has_dname()) {
    found.kind = Lookup::Kind::dname;
    found.node = encloser;
    return found;
  }
  std::size_t high =
      std::min<std::size_t>(labels, header_.deepest_labels) + 1;  // does not exist, as far as it matters
  std::size_t next = first_depth(labels);
  bool guess_deepest = true;
  while (low + 1 < high) {
    if (next <= low || next >= high) next = guess_deepest ? high - 1 : low + (high - low) / 2;
    const std::byte* place = probe(name, next);
    if (place == nullptr) {
      high = next;
      guess_deepest = false;
      continue;
    }
    NodeView node(*this, place);
    if (node.is_occluded()) {
      found.node = node.cover();
      if (!found.node) break;  // damaged
      found.kind = found.node.is_zone_cut() ? Lookup::Kind::zone_cut : Lookup::Kind::dname;
      return found;
    }
    if (node.is_zone_cut()) {
      found.kind = Lookup::Kind::zone_cut;
      found.exact = next == labels;
      found.node = node;
      return found;
    }
    if (node.has_dname() && next != labels) {
      found.kind = Lookup::Kind::dname;
      found.node = node;
      return found;
    }
    low = next;
    encloser = node;
  }
  if (low == labels) {
    found.kind = Lookup::Kind::exact;
    found.exact = true;
    found.node = encloser;
    return found;
  }
  found.closest_encloser = encloser;
  found.encloser_labels = low;
  found.node = encloser.wildcard();
  found.kind = found.node ? Lookup::Kind::wildcard : Lookup::Kind::no_such_name;
  return found;
}

}  // namespace doors
