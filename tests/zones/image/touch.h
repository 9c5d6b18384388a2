#pragma once

#include "zones/image/image.h"

namespace doors::test {

/// Asks an image everything that can be asked of it, so that a sanitizer sees any octet read outside it.
/// Gives a number that depends on all answers, so that nothing is optimized away.
inline std::size_t touch(Octets octets) noexcept {
  std::size_t sum = 0;
  for (const std::byte octet : octets) sum += std::to_integer<std::size_t>(octet);
  return sum;
}

inline std::size_t touch(const ImageRRset& rrset, const ZoneImage& image) noexcept {
  std::size_t sum = touch(rrset.records) + touch(rrset.signatures) + rrset.ttl.raw();
  for (const std::uint32_t target : rrset.targets) sum += touch(image.node(target).name().wire());
  return sum;
}

inline std::size_t touch(NodeView node, const ZoneImage& image) noexcept {
  std::size_t sum = touch(node.name().wire()) + node.label_count();
  for (std::size_t i = 0; i < node.rrset_count(); ++i) sum += touch(node.rrset_at(i), image);
  for (std::size_t i = 0; i < node.lone_signature_count(); ++i)
    sum += touch(node.lone_signatures_at(i), image);
  for (const NodeView link : {node.cover(), node.wildcard(), node.nsec3_match(), node.nsec3_cover(),
                              node.nsec3_of_wildcard(), node.nsec_of_wildcard()}) {
    if (link) sum += touch(link.name().wire()) + link.rrset_count();
  }
  node.prefetch(RRType::a);
  return sum;
}

inline std::size_t touch(const Lookup& found, const ZoneImage& image) noexcept {
  std::size_t sum = found.encloser_labels + static_cast<std::size_t>(found.kind);
  if (found.node) sum += touch(found.node, image);
  if (found.closest_encloser) sum += touch(found.closest_encloser, image);
  return sum;
}

inline std::size_t touch(const ZoneImage& image) noexcept {
  std::size_t sum = touch(image.origin().wire()) + touch(image.negative_soa(), image) +
                    touch(image.nsec3_params().salt) + touch(image.apex(), image);
  for (std::size_t i = 0; i < image.node_count(); ++i) {
    const NodeView node = image.node_in_order(i);
    sum += touch(node, image);
    std::array<std::byte, max_name_octets + 2> below{std::byte{1}, std::byte{'*'}};
    for (const bool deeper : {false, true}) {
      if (deeper && node.name().size() + 2 > max_name_octets) continue;
      std::copy(node.name().wire().begin(), node.name().wire().end(), below.begin() + 2);
      const NameView asked = deeper ? NameView::trusted({below.data(), node.name().size() + 2}) : node.name();
      const HashedName hashed(asked);
      image.prefetch(hashed);
      image.prefetch_node(hashed);
      sum += touch(image.lookup(hashed), image);
      if (const NodeView found = image.find(hashed, hashed.label_count())) sum += touch(found, image);
      if (const NodeView owner = image.nsec_at_or_before(asked)) sum += touch(owner, image);
      std::array<std::byte, 20> hash{};
      std::copy_n(asked.wire().begin(), std::min<std::size_t>(20, asked.size()), hash.begin());
      if (const auto denier = image.nsec3_at_or_before(hash).node) sum += touch(denier, image);
    }
  }
  return sum;
}

}  // namespace doors::test
