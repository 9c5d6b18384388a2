#include "zones/image/lookup.h"

#include <algorithm>
#include <cstring>

#include "zones/image/image.h"

namespace doors {

const layout::RRsetEntry* NodeView::entries() const noexcept {
  const auto* at = reinterpret_cast<const std::byte*>(at_ + 1);
  if (image_->nsec3_links_) at += sizeof(layout::Nsec3Links);
  return reinterpret_cast<const layout::RRsetEntry*>(at);
}

const layout::RRsetEntry* NodeView::entry(RRType type) const noexcept {
  const layout::RRsetEntry* const first = entries();
  const layout::RRsetEntry* const last = first + at_->rrsets;
  const auto* found = first;
  if (at_->rrsets <= 8) {
    while (found != last && found->type < raw(type)) ++found;
  } else {
    found = std::lower_bound(first, last, raw(type), [](const auto& e, std::uint16_t t) { return e.type < t; });
  }
  return found != last && found->type == raw(type) && found->records != 0 ? found : nullptr;
}

NameView NodeView::name() const noexcept {
  const auto* at = reinterpret_cast<const std::byte*>(entries() + at_->rrsets);
  return NameView::trusted({at, at_->name_octets});
}

NodeView NodeView::cover() const noexcept { return image_->view(at_->cover); }
NodeView NodeView::wildcard() const noexcept { return image_->view(at_->wildcard); }

bool NodeView::has(RRType type) const noexcept { return entry(type) != nullptr; }

bool NodeView::rrset(RRType type, ImageRRset& found) const noexcept {
  const layout::RRsetEntry* const at = entry(type);
  if (at == nullptr) return false;
  found = image_->rrset_of(*at);
  return true;
}

ImageRRset NodeView::rrset_at(std::size_t i) const noexcept { return image_->rrset_of(entries()[i]); }

NodeView NodeView::nsec3_match() const noexcept {
  if (!image_->nsec3_links_) return {};
  return image_->view(reinterpret_cast<const layout::Nsec3Links*>(at_ + 1)->match);
}

NodeView NodeView::nsec3_of_wildcard() const noexcept {
  if (!image_->nsec3_links_) return {};
  return image_->view(reinterpret_cast<const layout::Nsec3Links*>(at_ + 1)->wildcard);
}

NodeView ZoneImage::find(const HashedName& name, std::size_t labels) const noexcept {
  if (labels > deepest_labels_) return {};
  const std::uint64_t hash = name.suffix_hash(labels);
  const std::uint16_t tag = layout::tag_of(hash);
  std::uint32_t at = layout::bucket_of(hash, bucket_count_);
  const NameView wanted = name.suffix(labels);
  for (std::uint32_t probe = 0; probe < most_probes_; ++probe) {
    const layout::Bucket& bucket = buckets_[at];
    for (std::size_t place = 0; place < layout::Bucket::places; ++place) {
      if (bucket.tags[place] != tag) continue;
      const NodeView node(*this, node_at(bucket.nodes[place]));
      const Octets found = node.name().wire();
      if (found.size() == wanted.size() && std::memcmp(found.data(), wanted.wire().data(), found.size()) == 0) {
        return node;
      }
    }
    if (bucket.overflowed == 0) break;
    at = at + 1 == bucket_count_ ? 0 : at + 1;
  }
  return {};
}

Lookup ZoneImage::lookup(const HashedName& name, std::size_t labels) const noexcept {
  Lookup result;
  NodeView node = find(name, labels);
  std::size_t depth = labels;
  if (!node) {
    // The closest encloser: with a name all its ancestors exist, so the depths that exist are the lowest ones, and
    // halving finds the last. Most often it is the parent, so that is tried first.
    std::size_t exists = origin_labels_;
    NodeView encloser = apex();
    std::size_t absent = std::min(labels, deepest_labels_ + 1);
    for (std::size_t guess = absent - 1; exists + 1 < absent; guess = exists + (absent - exists) / 2) {
      if (const NodeView found = find(name, guess)) {
        encloser = found;
        exists = guess;
      } else {
        absent = guess;
      }
    }
    node = encloser;
    depth = exists;
  }
  const bool exact = depth == labels;
  if (node.is_occluded()) {
    node = node.cover();
    depth = node.label_count();
    result.kind = node.is_zone_cut() ? Lookup::Kind::zone_cut : Lookup::Kind::dname;
  } else if (node.is_zone_cut()) {
    result.kind = Lookup::Kind::zone_cut;
    result.exact = exact;
  } else if (exact) {
    result.kind = Lookup::Kind::exact;
    result.exact = true;
  } else if (node.has_dname()) {
    result.kind = Lookup::Kind::dname;
  } else {
    result.closest_encloser = node;
    result.encloser_labels = depth;
    result.node = node.wildcard();
    result.kind = result.node ? Lookup::Kind::wildcard : Lookup::Kind::no_such_name;
    return result;
  }
  result.node = node;
  result.closest_encloser = node;
  result.encloser_labels = depth;
  return result;
}

void ZoneImage::prefetch(const HashedName& name) const noexcept {
  const std::size_t labels = name.label_count();
  __builtin_prefetch(&buckets_[layout::bucket_of(name.suffix_hash(labels), bucket_count_)]);
  if (labels > origin_labels_ + 1) {
    __builtin_prefetch(&buckets_[layout::bucket_of(name.suffix_hash(labels - 1), bucket_count_)]);
  }
}

void ZoneImage::prefetch_node(const HashedName& name) const noexcept {
  const std::size_t labels = name.label_count();
  for (std::size_t depth = labels; depth + 1 >= labels && depth > origin_labels_; --depth) {
    const std::uint64_t hash = name.suffix_hash(depth);
    const layout::Bucket& bucket = buckets_[layout::bucket_of(hash, bucket_count_)];
    const std::uint16_t tag = layout::tag_of(hash);
    for (std::size_t place = 0; place < layout::Bucket::places; ++place) {
      if (bucket.tags[place] == tag) __builtin_prefetch(node_at(bucket.nodes[place]));
    }
  }
}

}  // namespace doors
