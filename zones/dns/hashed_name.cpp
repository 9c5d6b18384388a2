#include "zones/dns/hashed_name.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "zones/base/unset.h"
#include "zones/dns/label_starts.h"

namespace doors {

namespace {

/// 64 x 64 to 128 bits, folded: the mixing step of wyhash and its kin.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// A little-endian word.
template <class Word>
std::uint64_t load_word(const std::byte* at) noexcept {
  static_assert(std::endian::native == std::endian::little, "as images are");
  Word value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// A label in the hash: `tail` its last size % 8 octets, little-endian, the rest zero.
inline std::uint64_t mix(std::uint64_t parent, const std::byte* at, std::size_t size,
                         std::uint64_t tail) noexcept {
  constexpr std::uint64_t k0 = 0xa076'1d64'78bd'642full;
  constexpr std::uint64_t k1 = 0xe703'7ed1'a0b4'28dbull;
  std::uint64_t state = parent ^ (size * k1);
  for (; size >= 8; size -= 8, at += 8) state = fold(state ^ load_word<std::uint64_t>(at), k0);
  return fold(state ^ tail, k1 ^ k0);
}

/// Up to 7 octets, little-endian, the rest zero: two words that overlap, where both say the same.
std::uint64_t load(const std::byte* at, std::size_t count) noexcept {
  if (count >= 4)
    return load_word<std::uint32_t>(at) | load_word<std::uint32_t>(at + count - 4) << (8 * (count - 4));
  if (count >= 2)
    return load_word<std::uint16_t>(at) | load_word<std::uint16_t>(at + count - 2) << (8 * (count - 2));
  return count == 0 ? 0 : std::to_integer<std::uint64_t>(at[0]);
}

/// Eight octets in lower case at once: bit 7 of each that is ASCII, not before 'A' and not behind 'Z',
/// becomes bit 5.
std::uint64_t lower_eight(std::uint64_t octets) noexcept {
  constexpr std::uint64_t each = 0x0101'0101'0101'0101ull;
  const std::uint64_t seven_bits = octets & (0x7f * each);
  const std::uint64_t not_before_a = seven_bits + (0x80 - 'A') * each;
  const std::uint64_t behind_z = seven_bits + (0x7f - 'Z') * each;
  const std::uint64_t is_upper = not_before_a & ~behind_z & ~octets & (0x80 * each);
  return octets | is_upper >> 2;
}

}  // namespace

std::uint64_t child_name_hash(std::uint64_t parent, Octets label) noexcept {
  const std::size_t left = label.size() % 8;
  return mix(parent, label.data(), label.size(), load(label.data() + label.size() - left, left));
}

std::uint64_t name_hash(NameView name) noexcept { return HashedName(name).hash(); }

void HashedName::assign(NameView name, std::size_t most_hashed) noexcept {
  const Octets wire = name.wire();
  size_ = static_cast<std::uint8_t>(wire.size());
  std::size_t done = 0;
  for (; done + 8 <= wire.size(); done += 8) {
    const std::uint64_t octets = lower_eight(load_word<std::uint64_t>(&wire[done]));
    std::memcpy(&wire_[done], &octets, sizeof octets);
  }
  for (; done < wire.size(); ++done) wire_[done] = lower(wire[done]);

  DOORS_UNSET LabelStarts from_left;
  const std::size_t count = label_starts(view(), from_left);
  labels_ = static_cast<std::uint8_t>(count);
  hashed_ = static_cast<std::uint8_t>(std::min(count, most_hashed));
  starts_[0] = static_cast<std::uint8_t>(size_ - 1);
  hashes_[0] = root_name_hash;
  for (std::size_t labels = 1; labels <= count; ++labels) starts_[labels] = from_left[count - labels];
  std::uint64_t hash = root_name_hash;
  for (std::size_t labels = 1; labels <= hashed_; ++labels) {
    const std::size_t start = starts_[labels];
    const std::byte* const label = &wire_[start + 1];
    const std::size_t size = std::to_integer<std::size_t>(wire_[start]);
    // A whole word, of which what follows the label is cut off: `wire_` has room behind the name.
    const std::uint64_t tail = load_word<std::uint64_t>(label + size / 8 * 8);
    hash = mix(hash, label, size, tail & ~(~std::uint64_t{0} << (8 * (size % 8))));
    hashes_[labels] = hash;
  }
}

}  // namespace doors
