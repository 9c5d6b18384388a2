#pragma once

#include <array>
#include <cstdint>

#include "zones/dns/name.h"

namespace doors {

/// The hash of the root; every name's hash grows from it label by label, from the right.
inline constexpr std::uint64_t root_name_hash = 0x9ae1'6a3b'2f90'404full;

/// The hash of `label` put before a name of hash `parent`. Lower-cased octets in; the same in every image of
/// this layout version and on every machine (little-endian loads). Not secret: whoever can add names to a
/// zone can make them collide, whoever only asks cannot make a chain longer.
[[nodiscard]] std::uint64_t child_name_hash(std::uint64_t parent, Octets lower_label) noexcept;

/// The hash of a whole name, in any case.
[[nodiscard]] std::uint64_t name_hash(NameView name) noexcept;

/// A name made ready for look-ups: lower-cased, with the place and the hash of every suffix, so that the
/// zone, the node and each candidate for the closest encloser are found without touching the labels again.
///
///     www.example.   suffix 2 = www.example.   suffix 1 = example.   suffix 0 = .
class HashedName {
 public:
  /// Leaves it unset: assign() first. (No zeroing of 1.4 KiB per query.)
  HashedName() noexcept {}  // NOLINT(modernize-use-equals-default)
  explicit HashedName(NameView name) noexcept { assign(name); }
  /// Of no suffix of more than `most_hashed` labels is the hash made: nothing is looked for that is deeper.
  void assign(NameView name, std::size_t most_hashed = max_labels) noexcept;

  [[nodiscard]] NameView view() const noexcept { return NameView::trusted({wire_.data(), size_}); }
  [[nodiscard]] std::size_t label_count() const noexcept { return labels_; }
  /// The suffix of `labels` labels, 0..label_count().
  [[nodiscard]] NameView suffix(std::size_t labels) const noexcept {
    const std::size_t start = starts_[labels];
    return NameView::trusted({wire_.data() + start, size_ - start});
  }
  /// Of a suffix that was hashed.
  [[nodiscard]] std::uint64_t suffix_hash(std::size_t labels) const noexcept { return hashes_[labels]; }
  /// Where in the name the suffix of `labels` labels starts, in octets.
  [[nodiscard]] std::size_t suffix_start(std::size_t labels) const noexcept { return starts_[labels]; }
  /// Of the whole name, or of as much of it as was hashed.
  [[nodiscard]] std::uint64_t hash() const noexcept { return hashes_[hashed_]; }

 private:
  std::array<std::byte, max_name_octets + 7> wire_;  // the name; from each octet of it on a word may be read
  std::uint8_t size_;
  std::uint8_t labels_;
  std::uint8_t hashed_;                              // labels of the longest suffix whose hash is set
  std::array<std::uint8_t, max_labels + 1> starts_;  // by number of labels of the suffix
  std::array<std::uint64_t, max_labels + 1> hashes_;
};

}  // namespace doors
