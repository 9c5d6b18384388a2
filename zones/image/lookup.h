#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "zones/base/octets.h"
#include "zones/dns/hashed_name.h"
#include "zones/dns/name.h"
#include "zones/dns/ttl.h"
#include "zones/dns/types.h"
#include "zones/image/layout.h"

namespace doors {

class NodeView;

/// One RRset as an image holds it, ready to send; all parts borrowed from the mapped image.
///
///     records, signatures:  { type u16 | class u16 | ttl u32 | length u16 | rdata }*      (no owner name;
///     names in the RDATA lower case where canonical form lower-cases them, and uncompressed)
struct ImageRRset {
  RRType type{};
  std::uint16_t count = 0;            ///< records
  std::uint16_t signature_count = 0;  ///< RRSIGs that cover it
  Ttl ttl;
  Octets records;
  Octets signatures;
  /// Node references of the names in its RDATA that have addresses in this zone (types with additional
  /// section processing: NS, MX, SRV, AFSDB, RT, KX, PX, NAPTR, MB, MD, MF), glue too, each
  /// once, in the order of the records; ZoneImage::node() gives the node. Settled when the image is built.
  std::span<const std::uint32_t> targets;
};

/// One owner name of a zone, or an empty non-terminal; borrowed from the mapped image, as cheap as a pointer.
/// Default-constructed it is "none", and only operator bool may be asked. The members are defined in image.h.
class NodeView {
 public:
  constexpr NodeView() noexcept = default;
  NodeView(const class ZoneImage& image, const std::byte* at) noexcept : image_(&image), at_(at) {}
  explicit operator bool() const noexcept { return at_ != nullptr; }
  friend bool operator==(NodeView a, NodeView b) noexcept { return a.at_ == b.at_; }

  /// Lower case.
  [[nodiscard]] NameView name() const noexcept {
    return NameView::trusted({at_ + layout::node::name_offset, name_octets()});
  }
  [[nodiscard]] std::size_t label_count() const noexcept { return name().label_count(); }
  [[nodiscard]] bool is_apex() const noexcept { return (flags() & layout::node::apex) != 0; }
  /// NS here, and not the apex.
  [[nodiscard]] bool is_zone_cut() const noexcept { return (flags() & layout::node::zone_cut) != 0; }
  /// Has a DNAME.
  [[nodiscard]] bool has_dname() const noexcept { return (flags() & layout::node::dname) != 0; }
  /// Below a zone cut or a DNAME: never answered from, but glue.
  [[nodiscard]] bool is_occluded() const noexcept { return (flags() & layout::node::occluded) != 0; }
  [[nodiscard]] bool is_empty_non_terminal() const noexcept {
    return (counts() & (layout::node::count_mask | layout::node::lone)) == 0;
  }
  /// Of an occluded node: the topmost zone cut or DNAME owner above it. Else none.
  [[nodiscard]] NodeView cover() const noexcept { return optional(layout::node::occluded); }
  /// The node `*.<this>`; none if there is none or it is occluded.
  [[nodiscard]] NodeView wildcard() const noexcept { return optional(layout::node::wildcard); }
  /// The RRset of that type; false if there is none. RRSIG is no type here: see ImageRRset::signatures.
  [[nodiscard]] bool rrset(RRType type, ImageRRset& found) const noexcept;
  [[nodiscard]] bool has(RRType type) const noexcept { return place_of(type) < rrset_count(); }
  /// RRsets by ascending type: [0, rrset_count()), at most 4,095.
  [[nodiscard]] std::size_t rrset_count() const noexcept { return counts() & layout::node::count_mask; }
  [[nodiscard]] ImageRRset rrset_at(std::size_t i) const noexcept;
  /// Signatures of types that are not there, by ascending type: [0, lone_signature_count()); each is an
  /// ImageRRset with no records. Never answered; a transfer hands them on.
  [[nodiscard]] std::size_t lone_signature_count() const noexcept;
  [[nodiscard]] ImageRRset lone_signatures_at(std::size_t i) const noexcept;
  /// Asks the memory for the start of that RRset's records; harmless where there is none. For batches:
  /// between lookup() and reading.
  void prefetch(RRType type) const noexcept;

  /// NSEC3 zones: the NSEC3 node whose hash equals this name's; none when opt-out left it out.
  [[nodiscard]] NodeView nsec3_match() const noexcept;
  /// NSEC3 zones: where nsec3_match() is none, the NSEC3 node that covers this name's hash (so that no
  /// referral or NODATA hashes anything). None of occluded nodes.
  [[nodiscard]] NodeView nsec3_cover() const noexcept;
  /// NSEC3 zones: the NSEC3 node that covers (or, where the wildcard exists, matches) `*.<this>`; settled for
  /// every name that can be a closest encloser. None in other zones.
  [[nodiscard]] NodeView nsec3_of_wildcard() const noexcept;
  /// The same for NSEC zones: the NSEC node at or before `*.<this>`. None in other zones.
  [[nodiscard]] NodeView nsec_of_wildcard() const noexcept;
  [[nodiscard]] const ZoneImage& image() const noexcept { return *image_; }

 private:
  friend class ImageCheck;
  friend class Overlay;
  friend class OverlayCheck;
  friend class OverlayNames;
  friend class OverlayWriter;
  friend class ZoneImage;
  [[nodiscard]] unsigned flags() const noexcept { return std::to_integer<unsigned>(at_[0]); }
  [[nodiscard]] std::size_t name_octets() const noexcept { return std::to_integer<std::size_t>(at_[1]); }
  [[nodiscard]] unsigned counts() const noexcept { return layout::load<std::uint16_t>(at_ + 2); }
  [[nodiscard]] const std::byte* optionals() const noexcept {
    return at_ + layout::node::optional_offset(name_octets());
  }
  /// One of the optional references; 0 if it is not there.
  [[nodiscard]] std::uint32_t link(unsigned flag) const noexcept {
    if ((flags() & flag) == 0) return 0;
    const std::size_t place = layout::node::bits_of_four(flags() & (flag - 1));
    return layout::load<std::uint32_t>(optionals() + 4 * place);
  }
  [[nodiscard]] NodeView optional(unsigned flag) const noexcept;
  [[nodiscard]] NodeView denial_of_wildcard() const noexcept;
  [[nodiscard]] const std::byte* entries() const noexcept;
  [[nodiscard]] std::size_t entry_count() const noexcept { return rrset_count() + lone_signature_count(); }
  /// Which RRset has that type; rrset_count() if none.
  [[nodiscard]] std::size_t place_of(RRType type) const noexcept;
  [[nodiscard]] ImageRRset entry_at(std::size_t i) const noexcept;

  const ZoneImage* image_ = nullptr;
  const std::byte* at_ = nullptr;
};

/// What one name is in one zone (RFC 1034 §4.3.2 step 3 with RFC 4592 and 6672). At most one kind applies,
/// tried in this order.
struct Lookup {
  enum class Kind : std::uint8_t {
    zone_cut,  ///< at or below a delegation: `node` is the cut, `exact` says whether it is the name itself
    dname,     ///< below a DNAME owner: `node` has the DNAME
    exact,     ///< `node` is the name, perhaps an empty non-terminal
    wildcard,  ///< `node` is the source of synthesis, `closest_encloser` its parent
    no_such_name,  ///< `closest_encloser` is the longest existing ancestor
  };
  Kind kind = Kind::no_such_name;
  bool exact = false;
  NodeView node;
  NodeView closest_encloser;
  /// Labels of the closest encloser; the next closer name is the suffix of one more (RFC 5155 §1.3).
  std::size_t encloser_labels = 0;
};

}  // namespace doors
