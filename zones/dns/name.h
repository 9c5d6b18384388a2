#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/dns/wire_reader.h"

namespace doors {

inline constexpr std::size_t max_name_octets = 255;  ///< RFC 1035 §3.1, the root label included
inline constexpr std::size_t max_label_octets = 63;
inline constexpr std::size_t max_labels = 127;  ///< without the root label

/// ASCII lower case of one octet, all others as they are (RFC 4343 §3).
constexpr std::byte lower(std::byte octet) noexcept {
  const auto value = std::to_integer<unsigned char>(octet);
  return value >= 'A' && value <= 'Z' ? static_cast<std::byte>(value + 32) : octet;
}

/// A borrowed, whole, uncompressed domain name in wire form: 1..255 octets, the last one the root label. Who
/// makes one has checked that. As cheap as a pointer; an argument or a local, never a member of what outlives
/// the octets.
///
///     3 'w' 'w' 'w' 7 'e' 'x' 'a' 'm' 'p' 'l' 'e' 0        label_count() == 2
class NameView {
 public:
  /// The root.
  constexpr NameView() noexcept : data_(&root_octet), size_(1) {}
  /// Trusts that `wire` is one whole valid name.
  [[nodiscard]] static constexpr NameView trusted(Octets wire) noexcept {
    return {wire.data(), static_cast<std::uint8_t>(wire.size())};
  }
  /// Trusts that a valid name starts at `at`; finds its end.
  [[nodiscard]] static NameView trusted_at(const std::byte* at) noexcept;
  /// Checks octets of any origin: exactly one uncompressed name, or nothing.
  [[nodiscard]] static std::optional<NameView> checked(Octets wire) noexcept;

  [[nodiscard]] constexpr Octets wire() const noexcept { return {data_, size_}; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr bool is_root() const noexcept { return size_ == 1; }
  /// Labels without the root label: 0 for the root, at most 127.
  [[nodiscard]] std::size_t label_count() const noexcept;
  /// The first label's octets, without its length; empty for the root.
  [[nodiscard]] constexpr Octets first_label() const noexcept {
    return {data_ + 1, std::to_integer<std::size_t>(data_[0])};
  }
  /// Without the first label; the root stays the root.
  [[nodiscard]] constexpr NameView parent() const noexcept {
    if (is_root()) return *this;
    const auto skip = static_cast<std::uint8_t>(std::to_integer<unsigned>(data_[0]) + 1);
    return {data_ + skip, static_cast<std::uint8_t>(size_ - skip)};
  }
  /// The suffix of `labels` labels (0 gives the root); all of it if it has no more than that.
  [[nodiscard]] NameView suffix(std::size_t labels) const noexcept;
  [[nodiscard]] constexpr bool is_wildcard() const noexcept {
    return size_ > 2 && data_[0] == std::byte{1} && data_[1] == std::byte{'*'};
  }
  /// Equal to `ancestor` or below it; without regard to case.
  [[nodiscard]] bool is_at_or_below(NameView ancestor) const noexcept;
  /// RFC 4034 §6.1: by labels from the root, lower-cased, as unsigned octets. The order of NSEC and of
  /// content.
  [[nodiscard]] std::strong_ordering canonical_compare(NameView other) const noexcept;
  /// Presentation form, absolute, with \DDD and \X where needed: "www.example.", "." for the root.
  [[nodiscard]] std::string to_string() const;

  /// Without regard to case (RFC 4343).
  friend bool operator==(NameView a, NameView b) noexcept;

 private:
  constexpr NameView(const std::byte* data, std::uint8_t size) noexcept : data_(data), size_(size) {}
  static constexpr std::byte root_octet{0};

  const std::byte* data_;
  std::uint8_t size_;
};

/// A domain name that owns its octets: 1..255, always valid. 256 octets, no heap.
class Name {
 public:
  /// The root.
  Name() noexcept : size_(1) { wire_[0] = std::byte{0}; }
  explicit Name(NameView view) noexcept : size_(static_cast<std::uint8_t>(view.size())) {
    std::memcpy(wire_.data(), view.wire().data(), view.size());
  }

  /// Presentation form (RFC 1035 §5.1, RFC 4343 §2.1), absolute whether it ends in a dot or not. Errors: an
  /// empty label, one over 63 octets, a name over 255, a bad escape, no text at all. "." is the root.
  [[nodiscard]] static Result<Name> parse(std::string_view text);
  /// The same, but a name without the ending dot goes below `origin`, and "@" is the origin.
  [[nodiscard]] static Result<Name> parse(std::string_view text, NameView origin);
  /// The same into this name, for loaders of millions: gives what is wrong (and leaves the name as it was),
  /// or null.
  [[nodiscard]] const char* assign(std::string_view text, NameView origin) noexcept;
  /// Reads a name at the reader's place, following compression pointers: only backwards, each to before the
  /// one before, so it ends (RFC 1035 §4.1.4). The reader then stands behind it, or has failed. Case is kept.
  [[nodiscard]] static std::optional<Name> read(WireReader& reader) noexcept;
  /// `labels` (wire form without the root label, or with it) put before `suffix`; nothing if over 255 octets.
  [[nodiscard]] static std::optional<Name> join(Octets labels, NameView suffix) noexcept;

  [[nodiscard]] NameView view() const noexcept { return NameView::trusted({wire_.data(), size_}); }
  // NOLINTNEXTLINE(google-explicit-constructor): an owner may be lent wherever a borrower is wanted
  operator NameView() const noexcept { return view(); }
  [[nodiscard]] Octets wire() const noexcept { return {wire_.data(), size_}; }
  [[nodiscard]] std::string to_string() const { return view().to_string(); }
  /// All letters lower case: the canonical form (RFC 4034 §6.2).
  void make_canonical() noexcept;

  friend bool operator==(const Name& a, const Name& b) noexcept { return a.view() == b.view(); }
  friend bool operator==(const Name& a, NameView b) noexcept { return a.view() == b; }
  /// Canonical order; for std::map.
  friend std::strong_ordering operator<=>(const Name& a, const Name& b) noexcept {
    return a.view().canonical_compare(b.view());
  }

 private:
  std::array<std::byte, max_name_octets> wire_;
  std::uint8_t size_;
};

}  // namespace doors
