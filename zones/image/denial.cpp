// Which NSEC or NSEC3 stands at, or covers, a name: the two searches that need an order.
#include <algorithm>
#include <cstring>

#include "zones/dns/order_key.h"
#include "zones/image/damage.h"
#include "zones/image/image.h"
#include "zones/image/nsec_tree.h"

namespace doors {

// Walks the tree from its root. All along, the key lies at or after the block's first entry and before the
// next block's: so entry 0 needs no look, and ties between slices are broken by comparing names. At most 9
// levels.
std::size_t ZoneImage::nsec_place(NameView name) const noexcept {
  const OrderKey key(name, header_.origin_octets);
  const auto owners = nsec();
  const auto at_or_before_name = [this, owners, name](std::size_t place) noexcept {
    return node(used(owners[place])).name().canonical_compare(name) <= 0;
  };
  const std::size_t last = owners.size() - 1;
  if (at_or_before_name(last)) return last;
  const NsecTreeShape shape(owners.size());
  std::size_t block = 0;
  for (std::size_t level = shape.levels; level-- > 0;) {
    const layout::TreeBlock& at_hand = used(nsec_tree()[shape.starts[level] + block]);
    const std::size_t stride = shape.strides[level];
    const std::size_t first = block * layout::TreeBlock::fanout;
    const std::size_t entries =
        std::min(layout::TreeBlock::fanout, (owners.size() - first * stride - 1) / stride + 1);
    const std::uint32_t slice = key.slice(at_hand.depth);
    std::size_t before = 0;  // entries 1… whose slice is less
    std::size_t ties = 0;
    for (std::size_t i = 1; i < entries; ++i) {
      before += at_hand.slices[i] < slice ? 1 : 0;
      ties += at_hand.slices[i] == slice ? 1 : 0;
    }
    std::size_t chosen = std::min(before, entries - 1);
    for (std::size_t end = std::min(before + ties, entries - 1); chosen < end;) {
      const std::size_t middle = chosen + (end - chosen + 1) / 2;
      if (at_or_before_name((first + middle) * stride)) {
        chosen = middle;
      } else {
        end = middle - 1;
      }
    }
    block = first + chosen;
  }
  return block;
}

NodeView ZoneImage::nsec_at_or_before(NameView name) const noexcept {
  if (header_.nsec_count == 0) return {};
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
  const std::size_t index = header_.nsec3_index_bits == 0 ? 0 : start >> (64 - header_.nsec3_index_bits);
  const std::uint32_t first = used(nsec3_index()[index]);
  const std::uint32_t end = used(nsec3_index()[index + 1]);
  if (!is_checked() && !(first <= end && end <= owners.size() &&
                         is_right(hashes.data() + first, (end - first) * sizeof(std::uint64_t))))
      [[unlikely]] {
    ImageDamage::meet();
    return {NodeView(*this, nowhere()), false};
  }
  auto place = static_cast<std::size_t>(
      std::upper_bound(hashes.begin() + first, hashes.begin() + end, start) - hashes.begin());  // one too far
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
