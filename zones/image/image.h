#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "zones/base/error.h"
#include "zones/base/file.h"
#include "zones/dns/hashed_name.h"
#include "zones/dns/serial.h"
#include "zones/image/layout.h"
#include "zones/image/lookup.h"

namespace doors {

/// Which version of the zone an image holds.
struct ImageVersion {
  std::uint32_t epoch = 0;
  std::uint64_t seq = 0;
  std::uint32_t serial = 0;
  std::array<std::byte, 32> content_digest{};
  friend auto operator<=>(const ImageVersion& a, const ImageVersion& b) noexcept {
    return a.epoch != b.epoch ? a.epoch <=> b.epoch : a.seq <=> b.seq;
  }
  friend bool operator==(const ImageVersion&, const ImageVersion&) noexcept = default;
};

/// A zone image, checked and mapped (small ones are copied): one zone, compiled. Immutable; every member
/// function any thread. A NodeView or ImageRRset borrows from it. layout.h describes the octets.
///
/// A batch is looked up stage by stage, so that the misses of its queries overlap: prefetch() for each, then
/// prefetch_node() for each, then lookup() and NodeView::prefetch() for each, then the records are read.
class alignas(64) ZoneImage {
 public:
  /// Maps the file behind `fd` (which it does not keep) and checks header, section table, sizes and every
  /// page's checksum, then every reference once, so that no look-up can leave the file, whatever its octets
  /// were. Errors: not an image, other layout version or byte order, unknown feature, cut off, a page's
  /// checksum.
  [[nodiscard]] static Result<std::shared_ptr<const ZoneImage>> open(int fd);
  /// The same for octets in memory, of which it makes a copy: for tests, and for who has just built them.
  [[nodiscard]] static Result<std::shared_ptr<const ZoneImage>> from_octets(Octets image);
  ~ZoneImage();
  ZoneImage(const ZoneImage&) = delete;
  ZoneImage& operator=(const ZoneImage&) = delete;

  [[nodiscard]] NameView origin() const noexcept { return NameView::trusted({origin_, origin_octets_}); }
  [[nodiscard]] std::size_t origin_labels() const noexcept { return origin_labels_; }
  [[nodiscard]] const ImageVersion& version() const noexcept { return version_; }
  [[nodiscard]] std::uint64_t record_count() const noexcept { return records_; }
  [[nodiscard]] std::size_t octets() const noexcept { return octets_; }

  /// What `name` is in this zone; `name` is at or below the origin. `labels` selects its suffix of that many
  /// labels.
  [[nodiscard]] Lookup lookup(const HashedName& name, std::size_t labels) const noexcept;
  [[nodiscard]] Lookup lookup(const HashedName& name) const noexcept {
    return lookup(name, name.label_count());
  }
  /// Asks the memory for what lookup() of that name will read first: call it for a whole batch, then look up.
  void prefetch(const HashedName& name, std::size_t labels) const noexcept {
    const std::size_t first = first_depth(labels);
    __builtin_prefetch(bucket(name.suffix_hash(first)));
    if (labels > first && deepest_labels_ > first) {
      __builtin_prefetch(bucket(name.suffix_hash(std::min<std::size_t>(labels, deepest_labels_))));
    }
  }
  void prefetch(const HashedName& name) const noexcept { prefetch(name, name.label_count()); }
  /// The stage after prefetch(): asks for the node that the bucket names, if any.
  void prefetch_node(const HashedName& name, std::size_t labels) const noexcept;
  void prefetch_node(const HashedName& name) const noexcept { prefetch_node(name, name.label_count()); }
  /// The node of exactly this name, occluded ones too; none if it does not exist. (An NSEC3 owner that is
  /// nothing else does not exist, RFC 5155 §7.2.8.)
  [[nodiscard]] NodeView find(const HashedName& name, std::size_t labels) const noexcept;
  /// A node reference from ImageRRset::targets.
  [[nodiscard]] NodeView node(std::uint32_t reference) const noexcept { return {*this, at(reference)}; }
  [[nodiscard]] NodeView apex() const noexcept { return {*this, apex_}; }
  /// The apex SOA as it goes into a negative answer: TTL = min(its TTL, MINIMUM), on its RRSIG too (RFC 2308
  /// §5).
  [[nodiscard]] const ImageRRset& negative_soa() const noexcept { return negative_soa_; }

  enum class Denial : std::uint8_t { none, nsec, nsec3 };
  /// How the zone denies: by what stands at its apex (NSEC3PARAM with NSEC3 records; else NSEC).
  [[nodiscard]] Denial denial() const noexcept { return denial_; }
  /// NSEC zones: the authoritative NSEC owner that is, or is the last one before, `name` in canonical order
  /// (the circle's last for a name before the apex). None in other zones.
  [[nodiscard]] NodeView nsec_at_or_before(NameView name) const noexcept;
  /// NSEC3 zones: hash parameters (RFC 5155 §3.1); iterations at most 65,535, salt 0..255 octets.
  struct Nsec3Params {
    std::uint16_t iterations = 0;
    Octets salt;
  };
  [[nodiscard]] Nsec3Params nsec3_params() const noexcept { return {nsec3_iterations_, nsec3_salt_}; }
  struct Nsec3Found {
    NodeView node;         ///< an NSEC3 owner; it has only its NSEC3 RRset
    bool matches = false;  ///< its hash is the one asked for; else it covers it
  };
  /// The NSEC3 whose hash is, or is the last one before (round the circle), `hash`. None in other zones.
  [[nodiscard]] Nsec3Found nsec3_at_or_before(std::span<const std::byte, 20> hash) const noexcept;

  /// All nodes in canonical order, occluded ones and NSEC3 owners too: for transfers and tests. [0,
  /// node_count()).
  [[nodiscard]] std::size_t node_count() const noexcept { return order_.size(); }
  [[nodiscard]] NodeView node_in_order(std::size_t i) const noexcept { return node(order_[i]); }

 private:
  friend class NodeView;
  friend class ImageCheck;
  class Memory;
  ZoneImage() noexcept = default;
  [[nodiscard]] static Result<std::shared_ptr<const ZoneImage>> adopt(std::unique_ptr<Memory> memory);

  [[nodiscard]] const std::byte* at(std::uint32_t reference) const noexcept {
    return base_ + std::size_t{reference} * layout::reference_unit;
  }
  [[nodiscard]] ImageRRset read_block(RRType type, std::uint32_t reference) const noexcept;
  [[nodiscard]] const layout::Bucket* bucket(std::uint64_t hash) const noexcept {
    return buckets_ + layout::bucket_of(hash, bucket_count_);
  }
  /// The depth a search for a name of so many labels starts at.
  [[nodiscard]] std::size_t first_depth(std::size_t labels) const noexcept {
    return std::min<std::size_t>(labels, first_labels_);
  }
  [[nodiscard]] const std::byte* probe(const HashedName& name, std::size_t labels) const noexcept;
  [[nodiscard]] std::size_t nsec_place(NameView name) const noexcept;

  // What every look-up reads, in one cache line.
  const std::byte* base_ = nullptr;
  const layout::Bucket* buckets_ = nullptr;
  std::size_t bucket_count_ = 0;
  const std::byte* apex_ = nullptr;
  const std::byte* origin_ = nullptr;
  std::uint8_t origin_octets_ = 0;
  std::uint8_t origin_labels_ = 0;
  std::uint8_t first_labels_ = 0;
  std::uint8_t deepest_labels_ = 0;
  Denial denial_ = Denial::none;
  std::uint8_t nsec3_index_bits_ = 0;
  std::uint16_t nsec3_iterations_ = 0;
  const std::uint32_t* nsec3_index_ = nullptr;
  const std::uint64_t* nsec3_hashes_ = nullptr;

  ImageRRset negative_soa_;
  std::span<const std::uint32_t> nsec3_;
  std::span<const std::uint32_t> nsec_;
  const layout::TreeBlock* nsec_tree_ = nullptr;
  Octets nsec3_salt_;
  std::span<const std::uint32_t> order_;
  std::uint64_t records_ = 0;
  std::size_t octets_ = 0;
  ImageVersion version_;
  std::unique_ptr<const Memory> memory_;
};

inline NodeView NodeView::optional(unsigned flag) const noexcept {
  if ((flags() & flag) == 0) return {};
  const std::size_t place = layout::node::bits_of_four(flags() & (flag - 1));
  return image_->node(layout::load<std::uint32_t>(optionals() + 4 * place));
}

inline NodeView NodeView::nsec3_of_wildcard() const noexcept {
  return image_->denial() == ZoneImage::Denial::nsec3 ? optional(layout::node::wildcard_denial) : NodeView();
}

inline NodeView NodeView::nsec_of_wildcard() const noexcept {
  return image_->denial() == ZoneImage::Denial::nsec ? optional(layout::node::wildcard_denial) : NodeView();
}

inline std::size_t NodeView::lone_signature_count() const noexcept {
  if ((counts() & layout::node::lone) == 0) return 0;
  return layout::load<std::uint32_t>(optionals() +
                                     4 * layout::node::bits_of_four(flags() & layout::node::optional_mask));
}

inline const std::byte* NodeView::entries() const noexcept {
  return optionals() + 4 * (layout::node::bits_of_four(flags() & layout::node::optional_mask) +
                            ((counts() & layout::node::lone) != 0 ? 1 : 0));
}

inline std::size_t NodeView::place_of(RRType type) const noexcept {
  const std::size_t count = rrset_count();
  const std::byte* types = entries() + 4 * entry_count();
  for (std::size_t i = 0; i < count; ++i) {
    if (layout::load<std::uint16_t>(types + 2 * i) == raw(type)) return i;
  }
  return count;
}

inline ImageRRset NodeView::entry_at(std::size_t i) const noexcept {
  const std::byte* references = entries();
  const auto type = layout::load<std::uint16_t>(references + 4 * entry_count() + 2 * i);
  return image_->read_block(RRType(type), layout::load<std::uint32_t>(references + 4 * i));
}

inline ImageRRset NodeView::rrset_at(std::size_t i) const noexcept { return entry_at(i); }

inline ImageRRset NodeView::lone_signatures_at(std::size_t i) const noexcept {
  return entry_at(rrset_count() + i);
}

inline bool NodeView::rrset(RRType type, ImageRRset& found) const noexcept {
  const std::size_t place = place_of(type);
  if (place == rrset_count()) return false;
  found = entry_at(place);
  return true;
}

inline void NodeView::prefetch(RRType type) const noexcept {
  const std::size_t place = place_of(type);
  if (place == rrset_count()) return;
  const std::byte* block = image_->at(layout::load<std::uint32_t>(entries() + 4 * place));
  __builtin_prefetch(block);
  __builtin_prefetch(block + 64);
}

inline ImageRRset ZoneImage::read_block(RRType type, std::uint32_t reference) const noexcept {
  using layout::load;
  const std::byte* from = at(reference);
  ImageRRset found;
  found.type = type;
  found.count = load<std::uint16_t>(from + 4);
  std::size_t records = load<std::uint16_t>(from);
  std::size_t signatures = load<std::uint16_t>(from + 2);
  std::size_t targets = std::to_integer<std::size_t>(from[7]);
  if (records != layout::block::wide) [[likely]] {
    found.signature_count = std::to_integer<std::uint16_t>(from[6]);
    from += layout::block::narrow_header;
  } else {
    found.signature_count = load<std::uint16_t>(from + 6);
    targets = signatures;
    records = load<std::uint32_t>(from + 8);
    signatures = load<std::uint32_t>(from + 12);
    from += layout::block::wide_header;
  }
  found.targets = {reinterpret_cast<const std::uint32_t*>(from), targets};
  found.records = {from + 4 * targets, records};
  found.signatures = {found.records.data() + records, signatures};
  const Octets first = records != 0 ? found.records : found.signatures;
  found.ttl = Ttl(load_u32(first.data() + 4));
  return found;
}

}  // namespace doors
