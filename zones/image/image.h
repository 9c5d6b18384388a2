#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
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
#include "zones/image/overlay.h"

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

/// A zone image, mapped (small ones are copied): one zone, compiled. It *is* the start of the file in memory,
/// so there is no object beside it, and a million of them need none. Immutable; every member function any
/// thread. A NodeView or ImageRRset borrows from it. layout.h describes the octets.
///
/// A batch is looked up stage by stage, so that the misses of its queries overlap: prefetch() for each, then
/// prefetch_node() for each, then lookup() and NodeView::prefetch() for each, then the records are read.
class alignas(64) ZoneImage {
 public:
  /// When all of an image is checked: every page's checksum, then every reference, so that no look-up can
  /// leave the file, whatever its octets were.
  enum class Check : std::uint8_t {
    at_once,
    /// At the opening header, page table, apex and SOA alone; then each page and each node before its use,
    /// and all of it by finish_check(). What is bad is as if it were not there, and ImageDamage counts it.
    at_use,
  };
  /// Maps the file behind `fd` (which it does not keep). Small images are checked at once in any case.
  /// Errors: not an image, other layout version or byte order, unknown feature, cut off, a page's checksum.
  [[nodiscard]] static Result<std::shared_ptr<const ZoneImage>> open(int fd, Check check = Check::at_once);
  /// The same for octets in memory, of which it makes a copy: for tests, and for who has just built them.
  [[nodiscard]] static Result<std::shared_ptr<const ZoneImage>> from_octets(Octets image,
                                                                            Check check = Check::at_once);
  /// The image that starts at the first of these octets, which is in a larger file and stays there: checked
  /// at once, without allocating. Null if it is not right, ends behind them, or has more than 64 KiB.
  [[nodiscard]] static const ZoneImage* packed(Octets room) noexcept;
  /// An overlay (overlay_layout.h) and its base, read as one: an image like any other, which keeps its base
  /// alive and is checked as far as that is. `base` has no overlay itself. The overlay, which is small, is
  /// copied and checked at once. Errors: those of open(), and that it lies on another base.
  [[nodiscard]] static Result<std::shared_ptr<const ZoneImage>> open_overlay(
      int fd, std::shared_ptr<const ZoneImage> base);
  [[nodiscard]] static Result<std::shared_ptr<const ZoneImage>> overlay_from_octets(
      Octets overlay, std::shared_ptr<const ZoneImage> base);
  /// Which base the overlay behind `fd` lies on; nothing if that is no overlay.
  [[nodiscard]] static std::optional<layout::BaseId> base_of(int fd);
  /// The image below the overlay; null if there is no overlay.
  [[nodiscard]] std::shared_ptr<const ZoneImage> base() const noexcept;
  /// What an overlay on this image names as its base.
  [[nodiscard]] layout::BaseId id() const noexcept {
    return {header_.header_checksum, header_.file_octets, header_.seq, header_.epoch, 0};
  }
  ZoneImage() = delete;
  ZoneImage(const ZoneImage&) = delete;
  ZoneImage& operator=(const ZoneImage&) = delete;

  /// Whether all of it was checked and found right.
  [[nodiscard]] bool is_checked() const noexcept {
    return is_plain() || (overlay() != nullptr && overlay()->base().is_checked());
  }
  /// Checks all of it, beside look-ups; from then on they check nothing. Takes seconds for a huge one; gives
  /// up, without an error, where `stop` becomes true. Error: what is bad; the rest can still be asked for.
  /// One thread at a time.
  [[nodiscard]] Result<void> finish_check(const std::atomic<bool>& stop) const;

  [[nodiscard]] NameView origin() const noexcept {
    return NameView::trusted({start() + sizeof(layout::Header), header_.origin_octets});
  }
  [[nodiscard]] std::size_t origin_labels() const noexcept { return header_.origin_labels; }
  /// Of any name that lookup() finds: it asks for the hash of no suffix of more.
  [[nodiscard]] std::size_t deepest_labels() const noexcept { return header_.deepest_labels; }
  [[nodiscard]] ImageVersion version() const noexcept {
    return {header_.epoch, header_.seq, header_.serial, header_.content_digest};
  }
  [[nodiscard]] std::uint64_t record_count() const noexcept { return header_.records; }
  [[nodiscard]] std::size_t octets() const noexcept { return header_.file_octets; }

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
    if (labels > first && header_.deepest_labels > first) {
      __builtin_prefetch(bucket(name.suffix_hash(std::min<std::size_t>(labels, header_.deepest_labels))));
    }
  }
  void prefetch(const HashedName& name) const noexcept { prefetch(name, name.label_count()); }
  /// The stage after prefetch(): asks for the node that the bucket names, if any.
  void prefetch_node(const HashedName& name, std::size_t labels) const noexcept;
  void prefetch_node(const HashedName& name) const noexcept { prefetch_node(name, name.label_count()); }
  /// The same for a node of ImageRRset::targets, and what follows it.
  void prefetch_node(std::uint32_t reference) const noexcept {
    __builtin_prefetch(at(reference));
    __builtin_prefetch(at(reference) + 64);
  }
  /// The node of exactly this name, occluded ones too; none if it does not exist. (An NSEC3 owner that is
  /// nothing else does not exist, RFC 5155 §7.2.8.)
  [[nodiscard]] NodeView find(const HashedName& name, std::size_t labels) const noexcept;
  /// A node reference from ImageRRset::targets.
  [[nodiscard]] NodeView node(std::uint32_t reference) const noexcept { return node(reference, Need::node); }
  [[nodiscard]] NodeView apex() const noexcept { return node(header_.apex); }
  /// The apex SOA as it goes into a negative answer: TTL = min(its TTL, MINIMUM), on its RRSIG too (RFC 2308
  /// §5).
  [[nodiscard]] ImageRRset negative_soa() const noexcept;

  enum class Denial : std::uint8_t { none, nsec, nsec3 };
  /// How the zone denies: by what stands at its apex (NSEC3PARAM with NSEC3 records; else NSEC).
  [[nodiscard]] Denial denial() const noexcept { return static_cast<Denial>(header_.denial); }
  /// NSEC zones: the authoritative NSEC owner that is, or is the last one before, `name` in canonical order
  /// (the circle's last for a name before the apex). None in other zones.
  [[nodiscard]] NodeView nsec_at_or_before(NameView name) const noexcept;
  /// NSEC3 zones: hash parameters (RFC 5155 §3.1); iterations at most 65,535, salt 0..255 octets.
  struct Nsec3Params {
    std::uint16_t iterations = 0;
    Octets salt;
  };
  [[nodiscard]] Nsec3Params nsec3_params() const noexcept {
    return {header_.nsec3_iterations,
            {start() + sizeof(layout::Header) + header_.origin_octets, header_.salt_octets}};
  }
  struct Nsec3Found {
    NodeView node;         ///< an NSEC3 owner; it has only its NSEC3 RRset
    bool matches = false;  ///< its hash is the one asked for; else it covers it
  };
  /// The NSEC3 whose hash is, or is the last one before (round the circle), `hash`. None in other zones.
  [[nodiscard]] Nsec3Found nsec3_at_or_before(std::span<const std::byte, 20> hash) const noexcept;

  /// All nodes in canonical order, occluded ones and NSEC3 owners too: for transfers and tests. [0,
  /// node_count()).
  [[nodiscard]] std::size_t node_count() const noexcept { return header_.nodes; }
  [[nodiscard]] NodeView node_in_order(std::size_t i) const noexcept {
    if (const Overlay* laid = overlay()) return node(laid->reference_in_order(i));
    return node(used(order()[i]));
  }

 private:
  friend class NodeView;
  friend class Overlay;
  friend class OverlayCheck;
  friend class OverlayNames;
  friend class OverlayWriter;
  friend class DenialSearch;
  friend class FormCheck;
  friend class ImageCheck;
  friend class NsecDescent;
  class Memory;
  /// What a reference has to lead to.
  enum class Need : std::uint8_t {
    node,
    cover,  ///< a zone cut or DNAME owner that is not occluded itself
    nsec,   ///< one that has NSEC
    nsec3,  ///< one that has NSEC3 and the label of a hash
  };
  [[nodiscard]] static Result<std::shared_ptr<const ZoneImage>> adopt(std::shared_ptr<Memory> memory,
                                                                      Check check);

  /// What has to be right before anything else is asked of it.
  [[nodiscard]] const char* check_apex() const noexcept;
  /// Neither unchecked nor under an overlay: what lies in the file is what it says. The one question that
  /// every look-up asks.
  [[nodiscard]] bool is_plain() const noexcept {
    return __atomic_load_n(&header_.unchecked, __ATOMIC_RELAXED) == 0;
  }
  /// Null if there is none.
  [[nodiscard]] const Overlay* overlay() const noexcept {
    if ((__atomic_load_n(&header_.unchecked, __ATOMIC_RELAXED) & layout::is_overlaid) == 0) [[likely]]
      return nullptr;
    return Overlay::behind(header_);
  }
  [[nodiscard]] const std::byte* start() const noexcept { return reinterpret_cast<const std::byte*>(this); }
  [[nodiscard]] const std::byte* at(std::uint32_t reference) const noexcept {
    if (const Overlay* laid = overlay()) [[unlikely]]
      return laid->at(reference);
    return start() + std::size_t{reference} * layout::reference_unit;
  }
  template <class Item>
  [[nodiscard]] std::span<const Item> section(std::uint32_t reference, std::size_t count) const noexcept {
    return {reinterpret_cast<const Item*>(at(reference)), count};
  }
  [[nodiscard]] std::span<const layout::Bucket> buckets() const noexcept {
    return section<layout::Bucket>(header_.buckets, header_.bucket_count);
  }
  [[nodiscard]] std::span<const std::uint32_t> order() const noexcept {
    return section<std::uint32_t>(header_.order, header_.nodes);
  }
  [[nodiscard]] std::span<const std::uint32_t> nsec() const noexcept {
    return section<std::uint32_t>(header_.nsec, header_.nsec_count);
  }
  [[nodiscard]] std::span<const std::uint32_t> nsec3() const noexcept {
    return section<std::uint32_t>(header_.nsec3, header_.nsec3_count);
  }
  [[nodiscard]] std::span<const std::uint64_t> nsec3_hashes() const noexcept {
    return section<std::uint64_t>(header_.nsec3_hashes, header_.nsec3_count);
  }
  [[nodiscard]] std::span<const layout::TreeBlock> nsec_tree() const noexcept;
  [[nodiscard]] std::span<const std::uint32_t> nsec3_index() const noexcept;
  [[nodiscard]] std::span<const std::uint64_t> dangling() const noexcept {
    return section<std::uint64_t>(header_.dangling, header_.dangling_count);
  }
  /// A node's reference, in the overlay too.
  [[nodiscard]] std::uint32_t reference_of(NodeView node) const noexcept {
    if (const Overlay* laid = overlay()) return laid->reference_of(node.at_);
    return static_cast<std::uint32_t>(static_cast<std::size_t>(node.at_ - start()) / layout::reference_unit);
  }
  /// From the buckets' end to the order.
  [[nodiscard]] Octets heap() const noexcept;

  /// An item of a section: of an unchecked image its page is checked first, and zeros stand for a bad one.
  template <class Item>
  [[nodiscard]] const Item& used(const Item& item) const noexcept {
    if (!is_plain()) [[unlikely]]
      return *static_cast<const Item*>(checked_item(&item, sizeof item));
    return item;
  }
  /// Whether the pages of these octets are right.
  [[nodiscard]] bool is_right(const void* at, std::size_t octets) const noexcept;
  [[nodiscard]] const void* checked_item(const void* item, std::size_t octets) const noexcept;
  /// A node: of an unchecked image it is checked first; null for a bad one.
  [[nodiscard]] const std::byte* used_node(std::uint32_t reference, Need need) const noexcept {
    if (!is_plain()) [[unlikely]]
      return checked_node(reference, need);
    return at(reference);
  }
  [[nodiscard]] const std::byte* checked_node(std::uint32_t reference, Need need) const noexcept;
  /// The same; an empty node, the root, for a bad one.
  [[nodiscard]] NodeView node(std::uint32_t reference, Need need) const noexcept {
    const std::byte* found = used_node(reference, need);
    return {*this, found != nullptr ? found : nowhere()};
  }
  [[nodiscard]] static const std::byte* nowhere() noexcept;
  [[nodiscard]] const std::byte* checked_negative_soa() const noexcept;
  [[nodiscard]] const Memory& memory() const noexcept {
    return *std::bit_cast<const Memory*>(header_.memory);
  }

  [[nodiscard]] static ImageRRset read_block(RRType type, const std::byte* from) noexcept;
  [[nodiscard]] const layout::Bucket* bucket(std::uint64_t hash) const noexcept {
    return buckets().data() + layout::bucket_of(hash, header_.bucket_count);
  }
  /// The depth a search for a name of so many labels starts at.
  [[nodiscard]] std::size_t first_depth(std::size_t labels) const noexcept {
    return std::min<std::size_t>(labels, header_.first_labels);
  }
  [[nodiscard]] const std::byte* probe(const HashedName& name, std::size_t labels) const noexcept;
  template <class Bucket, class Node>
  [[nodiscard]] const std::byte* probe(const HashedName& name, std::size_t labels, std::size_t buckets,
                                       Bucket&& bucket, Node&& node) const noexcept;
  [[nodiscard]] std::size_t nsec_place(NameView name) const noexcept;
  /// Where in the index the hashes are found that start so.
  [[nodiscard]] std::size_t nsec3_slot(std::uint64_t hash_start) const noexcept {
    return header_.nsec3_index_bits == 0 ? 0 : hash_start >> (64 - header_.nsec3_index_bits);
  }

  layout::Header header_;
};
static_assert(sizeof(ZoneImage) == sizeof(layout::Header));

inline NodeView NodeView::optional(unsigned flag) const noexcept {
  const std::uint32_t reference = link(flag);
  if (reference == 0) return {};
  const auto need = [this, flag] {
    if (flag == layout::node::occluded) return ZoneImage::Need::cover;
    if (flag == layout::node::wildcard) return ZoneImage::Need::node;
    return image_->denial() == ZoneImage::Denial::nsec ? ZoneImage::Need::nsec : ZoneImage::Need::nsec3;
  };
  const std::byte* found = image_->used_node(reference, need());
  return found != nullptr ? NodeView(*image_, found) : NodeView();
}

inline NodeView NodeView::nsec3_match() const noexcept {
  if (const Overlay* laid = image_->overlay()) [[unlikely]]
    return laid->nsec3_match(*this);
  return (flags() & layout::node::denial_matches) != 0 ? optional(layout::node::denial) : NodeView();
}

inline NodeView NodeView::nsec3_cover() const noexcept {
  if (const Overlay* laid = image_->overlay()) [[unlikely]]
    return laid->nsec3_cover(*this);
  return (flags() & layout::node::denial_matches) == 0 ? optional(layout::node::denial) : NodeView();
}

inline NodeView NodeView::denial_of_wildcard() const noexcept {
  if (const Overlay* laid = image_->overlay()) [[unlikely]]
    return laid->denial_of_wildcard(*this);
  return optional(layout::node::wildcard_denial);
}

inline NodeView NodeView::nsec3_of_wildcard() const noexcept {
  return image_->denial() == ZoneImage::Denial::nsec3 ? denial_of_wildcard() : NodeView();
}

inline NodeView NodeView::nsec_of_wildcard() const noexcept {
  return image_->denial() == ZoneImage::Denial::nsec ? denial_of_wildcard() : NodeView();
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
  return ZoneImage::read_block(RRType(type), image_->at(layout::load<std::uint32_t>(references + 4 * i)));
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

inline ImageRRset ZoneImage::read_block(RRType type, const std::byte* from) noexcept {
  using layout::load;
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

inline ImageRRset ZoneImage::negative_soa() const noexcept {
  return read_block(RRType::soa, is_plain() ? at(header_.negative_soa) : checked_negative_soa());
}

}  // namespace doors
