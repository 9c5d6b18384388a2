// Which NSEC or NSEC3 stands at, or covers, a name: the two searches that need an order.
#include <algorithm>
#include <cstring>

#include "zones/base/unset.h"
#include "zones/image/damage.h"
#include "zones/image/denial_search.h"
#include "zones/image/image.h"

namespace doors {

std::size_t ZoneImage::nsec_place(NameView name) const noexcept {
  DOORS_UNSET NsecDescent descent(*this, name);
  while (descent.step()) {  // a few steps for each of at most 9 levels
  }
  return descent.place();
}

NodeView ZoneImage::nsec_at_or_before(NameView name) const noexcept {
  if (header_.nsec_count == 0 || name.size() < header_.origin_octets) return {};  // a damaged owner's name
  if (const Overlay* laid = overlay()) [[unlikely]]
    return laid->nsec_at_or_before(name, nsec_place(name));
  return node(used(nsec()[nsec_place(name)]), Need::nsec);
}

namespace {

/// Base 32 with the extended hex alphabet (RFC 4648 §7) of 20 octets: its order is the order of the hashes.
std::array<char, 32> hash_label(std::span<const std::byte, 20> hash) noexcept {
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuv";
  std::array<char, 32> label;
  for (std::size_t group = 0; group < 4; ++group) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 5; ++i)
      bits = (bits << 8) | std::to_integer<std::uint64_t>(hash[5 * group + i]);
    for (std::size_t i = 0; i < 8; ++i) label[8 * group + i] = digits[(bits >> (35 - 5 * i)) & 31];
  }
  return label;
}

}  // namespace

ZoneImage::Nsec3Found ZoneImage::nsec3_at_or_before(std::span<const std::byte, 20> hash) const noexcept {
  const auto owners = nsec3();
  const auto hashes = nsec3_hashes();
  if (owners.empty()) return {};
  const std::uint64_t start = load_u64(hash.data());
  const std::size_t index = nsec3_slot(start);
  const std::uint32_t first = used(nsec3_index()[index]);
  const std::uint32_t end = used(nsec3_index()[index + 1]);
  if (!is_plain() && !(first <= end && end <= owners.size() &&
                       is_right(hashes.data() + first, (end - first) * sizeof(std::uint64_t)))) [[unlikely]] {
    ImageDamage::meet();
    return {NodeView(*this, nowhere()), false};
  }
  auto place = static_cast<std::size_t>(
      std::upper_bound(hashes.begin() + first, hashes.begin() + end, start) - hashes.begin());  // one too far
  if (const Overlay* laid = overlay()) [[unlikely]] {
    const auto found = laid->nsec3_at_or_before(hash_label(hash), place);
    return {found.node, found.matches};
  }
  if (place > 0 && used(hashes[place - 1]) == start) {
    // The same first 8 octets: the owner's label tells, and its order is the hashes' order.
    const auto label = hash_label(hash);
    for (; place > 0 && used(hashes[place - 1]) == start; --place) {
      const NodeView owner = node(used(owners[place - 1]), Need::nsec3);
      const Octets own = owner.name().first_label();
      if (own.size() != label.size()) break;  // damaged
      const int order = std::memcmp(own.data(), label.data(), label.size());
      if (order == 0) return {owner, true};
      if (order < 0) break;
    }
  }
  return {node(used(owners[place == 0 ? owners.size() - 1 : place - 1]), Need::nsec3), false};
}

}  // namespace doors
