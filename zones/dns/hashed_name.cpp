#include "zones/dns/hashed_name.h"

#include <bit>
#include <cstring>

namespace doors {

namespace {

/// 64 x 64 to 128 bits, folded: the mixing step of wyhash and its kin.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Up to 8 octets, little-endian, the rest zero.
std::uint64_t load(const std::byte* at, std::size_t count) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value |= std::to_integer<std::uint64_t>(at[i]) << (8 * i);
  return value;
}

std::uint64_t load_eight(const std::byte* at) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
  return value;
}

}  // namespace

std::uint64_t child_name_hash(std::uint64_t parent, Octets label) noexcept {
  constexpr std::uint64_t k0 = 0xa076'1d64'78bd'642full;
  constexpr std::uint64_t k1 = 0xe703'7ed1'a0b4'28dbull;
  std::uint64_t state = parent ^ (label.size() * k1);
  const std::byte* at = label.data();
  std::size_t left = label.size();
  for (; left >= 8; left -= 8, at += 8) state = fold(state ^ load_eight(at), k0);
  return fold(state ^ load(at, left), k1 ^ k0);
}

std::uint64_t name_hash(NameView name) noexcept { return HashedName(name).hash(); }

void HashedName::assign(NameView name) noexcept {
  const Octets wire = name.wire();
  size_ = static_cast<std::uint8_t>(wire.size());
  for (std::size_t i = 0; i < wire.size(); ++i) wire_[i] = lower(wire[i]);

  std::array<std::uint8_t, max_labels + 1> from_left;
  std::size_t count = 0;
  std::size_t at = 0;
  for (; wire_[at] != std::byte{0}; at += std::to_integer<std::size_t>(wire_[at]) + 1) {
    from_left[count++] = static_cast<std::uint8_t>(at);
  }
  labels_ = static_cast<std::uint8_t>(count);
  starts_[0] = static_cast<std::uint8_t>(at);
  hashes_[0] = root_name_hash;
  for (std::size_t labels = 1; labels <= count; ++labels) {
    const std::size_t start = from_left[count - labels];
    starts_[labels] = static_cast<std::uint8_t>(start);
    const Octets label(wire_.data() + start + 1, std::to_integer<std::size_t>(wire_[start]));
    hashes_[labels] = child_name_hash(hashes_[labels - 1], label);
  }
}

}  // namespace doors
