#pragma once

#include <cstdint>
#include <iterator>

#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/dns/ttl.h"
#include "zones/dns/types.h"

namespace doors {

/// The RDATAs of one RRset, borrowed from octets of the form { length u16 | rdata }* that were checked
/// before.
class RdataList {
 public:
  class iterator {  // NOLINT(readability-identifier-naming): a word of the language
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Octets;
    using difference_type = std::ptrdiff_t;
    using pointer = const Octets*;
    using reference = Octets;
    constexpr iterator() noexcept = default;
    constexpr explicit iterator(const std::byte* at) noexcept : at_(at) {}
    constexpr Octets operator*() const noexcept { return {at_ + 2, load_u16(at_)}; }
    constexpr iterator& operator++() noexcept {
      at_ += 2 + load_u16(at_);
      return *this;
    }
    constexpr iterator operator++(int) noexcept {
      iterator before = *this;
      ++*this;
      return before;
    }
    friend constexpr bool operator==(iterator, iterator) noexcept = default;

   private:
    const std::byte* at_ = nullptr;
  };

  constexpr RdataList() noexcept = default;
  /// Trusts that `octets` holds `count` whole entries.
  constexpr RdataList(Octets octets, std::uint16_t count) noexcept : octets_(octets), count_(count) {}
  [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] constexpr iterator begin() const noexcept { return iterator(octets_.data()); }
  [[nodiscard]] constexpr iterator end() const noexcept { return iterator(octets_.data() + octets_.size()); }
  [[nodiscard]] constexpr Octets front() const noexcept { return *begin(); }
  /// All entries with their lengths, as they lie.
  [[nodiscard]] constexpr Octets octets() const noexcept { return octets_; }

 private:
  Octets octets_;
  std::uint16_t count_ = 0;
};

/// One RRset, borrowed: owner name, type, TTL, RDATA (RFC 9499 §5), class IN.
struct RRsetView {
  NameView owner;
  RRType type{};
  RRType covered{};  ///< of RRSIG the TYPE COVERED, else 0
  Ttl ttl;
  RdataList rdatas;
};

}  // namespace doors
