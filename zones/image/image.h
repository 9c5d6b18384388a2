#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

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

/// A zone image, checked and mapped (small ones are copied): one zone, compiled. Immutable; every member function
/// any thread. A NodeView or ImageRRset borrows from it.
class ZoneImage {
 public:
  /// Maps the file behind `fd` (which it does not keep) and checks header, section table, sizes and every page's
  /// checksum, then every reference once, so that no look-up can leave the file, whatever its octets were.
  /// Errors: not an image, other layout version or byte order, unknown feature, cut off, a page's checksum.
  [[nodiscard]] static Result<std::shared_ptr<const ZoneImage>> open(int fd);
  ~ZoneImage();
  ZoneImage(const ZoneImage&) = delete;
  ZoneImage& operator=(const ZoneImage&) = delete;

  [[nodiscard]] NameView origin() const noexcept;
  [[nodiscard]] std::size_t origin_labels() const noexcept { return origin_labels_; }
  [[nodiscard]] const ImageVersion& version() const noexcept { return version_; }
  [[nodiscard]] std::uint64_t record_count() const noexcept { return header_->records; }
  [[nodiscard]] std::size_t octets() const noexcept { return octets_; }

  /// What `name` is in this zone; `name` is at or below the origin. `labels` selects its suffix of that many labels.
  [[nodiscard]] Lookup lookup(const HashedName& name, std::size_t labels) const noexcept;
  [[nodiscard]] Lookup lookup(const HashedName& name) const noexcept { return lookup(name, name.label_count()); }
  /// Asks the memory for what lookup() of that name will read first: call it for a whole batch, then look up.
  void prefetch(const HashedName& name) const noexcept;
  /// The second stage: reads the bucket that prefetch() asked for, and asks for the node that it names.
  void prefetch_node(const HashedName& name) const noexcept;
  /// The node of exactly this name, occluded ones too; none if it does not exist.
  [[nodiscard]] NodeView find(const HashedName& name, std::size_t labels) const noexcept;
  /// A node reference from ImageRRset::targets.
  [[nodiscard]] NodeView node(std::uint32_t reference) const noexcept;
  [[nodiscard]] NodeView apex() const noexcept;
  /// The apex SOA as it goes into a negative answer: TTL = min(its TTL, MINIMUM), on its RRSIG too (RFC 2308 §5).
  [[nodiscard]] const ImageRRset& negative_soa() const noexcept { return negative_soa_; }

  enum class Denial : std::uint8_t { none, nsec, nsec3 };
  /// How the zone denies: by what stands at its apex (NSEC; NSEC3PARAM with NSEC3 records).
  [[nodiscard]] Denial denial() const noexcept;
  /// NSEC zones: the authoritative NSEC owner that is, or is the last one before, `name` in canonical order (the
  /// circle's last for a name before the apex).
  [[nodiscard]] NodeView nsec_at_or_before(NameView name) const noexcept;
  /// NSEC3 zones: hash parameters (RFC 5155 §3.1); iterations at most 65,535, salt 0..255 octets.
  struct Nsec3Params {
    std::uint16_t iterations = 0;
    Octets salt;
  };
  [[nodiscard]] Nsec3Params nsec3_params() const noexcept;
  struct Nsec3Found {
    NodeView node;         ///< an NSEC3 owner; it has only its NSEC3 RRset
    bool matches = false;  ///< its hash is the one asked for; else it covers it
  };
  /// The NSEC3 whose hash is, or is the last one before (round the circle), `hash`.
  [[nodiscard]] Nsec3Found nsec3_at_or_before(std::span<const std::byte, 20> hash) const noexcept;

  /// All nodes in canonical order, occluded ones too: for transfers and tests. [0, node_count()).
  [[nodiscard]] std::size_t node_count() const noexcept;
  [[nodiscard]] NodeView node_in_order(std::size_t i) const noexcept;

 private:
  friend class NodeView;
  friend class ImageCheck;
  ZoneImage() = default;
  void settle() noexcept;
  [[nodiscard]] const layout::Node* node_at(std::uint32_t reference) const noexcept {
    return reinterpret_cast<const layout::Node*>(nodes_ + std::size_t{reference} * 8);
  }
  [[nodiscard]] NodeView view(std::uint32_t reference) const noexcept {
    return reference == 0 ? NodeView() : NodeView(*this, node_at(reference));
  }
  [[nodiscard]] ImageRRset rrset_of(const layout::RRsetEntry& entry) const noexcept;
  [[nodiscard]] Octets section(layout::SectionId id) const noexcept;

  const layout::Header* header_ = nullptr;
  const std::byte* nodes_ = nullptr;
  const std::byte* data_ = nullptr;
  const layout::Bucket* buckets_ = nullptr;
  std::uint32_t bucket_count_ = 0;
  std::uint32_t most_probes_ = 0;
  std::size_t deepest_labels_ = 0;
  std::size_t origin_labels_ = 0;
  bool nsec3_links_ = false;
  ImageVersion version_;
  ImageRRset negative_soa_;
  std::size_t octets_ = 0;
  void* mapping_ = nullptr;             // null: a small image, in copy_
  std::vector<std::uint64_t> copy_;
};

}  // namespace doors
