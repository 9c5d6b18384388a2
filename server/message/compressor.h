#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "zones/base/octets.h"
#include "zones/dns/hashed_name.h"
#include "zones/dns/name.h"

namespace doors {

/// Whether two runs of `count` octets are the same; for labels, where calling memcmp costs more than
/// comparing.
inline bool same_octets(const std::byte* a, const std::byte* b, std::size_t count) noexcept {
  const auto differ = [a, b]<class Word>(std::size_t at, Word) noexcept {
    Word left, right;
    std::memcpy(&left, a + at, sizeof left);
    std::memcpy(&right, b + at, sizeof right);
    return left != right;
  };
  if (count >= 8) {
    for (std::size_t at = 0; at + 8 < count; at += 8) {
      if (differ(at, std::uint64_t{})) return false;
    }
    return !differ(count - 8, std::uint64_t{});
  }
  if (count >= 4) return !differ(0, std::uint32_t{}) && !differ(count - 4, std::uint32_t{});
  if (count >= 2) return !differ(0, std::uint16_t{}) && !differ(count - 2, std::uint16_t{});
  return count == 0 || a[0] == b[0];
}

/// Where in a message each name and each suffix of a name was first written (RFC 1035 §4.1.4): a tree of
/// labels that grows from the root, with a small hash table over (parent, label).
///
///     .  ── net ── gtld-servers ── a      a node's offset is where the name from its label up to the root
///     starts
///            │                  └─ b
///            └── example
///
/// So a look-up goes from the right, reads each label once and stops at the first that is not there, and two
/// names of one zone share all but their ends. Labels are borrowed and lower case; who adds them keeps them
/// alive. Bounded: when the tree is full or a probe meets too many others, a name is only written longer than
/// it could be.
class Compressor {
 public:
  using Node = std::uint8_t;
  static constexpr Node root = 0;
  static constexpr Node none = 0xff;
  static constexpr std::size_t max_nodes = 254;      ///< with the root
  static constexpr std::size_t max_offset = 0x3fff;  ///< what a pointer can say

  /// Leaves it unset: clear() first. (No zeroing of 5 KiB per response.)
  Compressor() noexcept {}  // NOLINT(modernize-use-equals-default)

  void clear() noexcept {
    slots_.fill(0);
    count_ = 1;
  }
  /// The node of `label` (length octet and text) below `parent`; none if it was never written.
  [[nodiscard]] Node find(Node parent, const std::byte* label) const noexcept {
    std::size_t slot = slot_of(parent, label);
    for (std::size_t probe = 0; probe < max_probes; ++probe, slot = (slot + 1) % slots_.size()) {
      const Node node = slots_[slot];
      if (node == 0) return none;
      if (entries_[node].parent == parent && same_label(entries_[node].label, label)) return node;
    }
    return none;
  }
  /// Notes that `label` below `parent`, not noted before, starts at `offset`. None if there is no room, the
  /// offset is too large for a pointer or the parent is none.
  Node add(Node parent, const std::byte* label, std::size_t offset) noexcept {
    if (parent == none || offset > max_offset || count_ >= max_nodes) return none;
    std::size_t slot = slot_of(parent, label);
    for (std::size_t probe = 0; probe < max_probes; ++probe, slot = (slot + 1) % slots_.size()) {
      if (slots_[slot] != 0) continue;
      slots_[slot] = static_cast<Node>(count_);
      entries_[count_] = {label, static_cast<std::uint16_t>(offset), static_cast<std::uint16_t>(slot),
                          parent};
      return static_cast<Node>(count_++);
    }
    return none;
  }
  [[nodiscard]] std::size_t offset(Node node) const noexcept { return entries_[node].offset; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// Forgets all but the first `count` nodes, because what they stood for was taken back.
  void shrink(std::size_t count) noexcept {
    while (count_ > count) slots_[entries_[--count_].slot] = 0;  // youngest first, so no probe is cut
  }

 private:
  static constexpr std::size_t max_probes = 16;
  struct Entry {
    const std::byte* label;
    std::uint16_t offset;
    std::uint16_t slot;
    Node parent;
  };

  static bool same_label(const std::byte* a, const std::byte* b) noexcept {
    return a[0] == b[0] && same_octets(a + 1, b + 1, std::to_integer<std::size_t>(a[0]));
  }
  [[nodiscard]] std::size_t slot_of(Node parent, const std::byte* label) const noexcept {
    const auto length = std::to_integer<std::uint32_t>(label[0]);
    const std::uint32_t ends = length | std::to_integer<std::uint32_t>(label[1]) << 8 |
                               std::to_integer<std::uint32_t>(label[1 + length / 2]) << 16 |
                               std::to_integer<std::uint32_t>(label[length]) << 24;
    return ((ends ^ (parent * 0x85eb'ca6bu)) * 0x9e37'79b1u) >> 23;
  }

  std::array<Node, 512> slots_;  // 0: free, since the root needs no slot
  std::array<Entry, max_nodes> entries_;
  std::size_t count_;
};

}  // namespace doors
