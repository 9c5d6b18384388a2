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

/// One RRset as an image holds it, ready to send; all parts borrowed from the mapped image.
///
///     records, signatures:  { type u16 | class u16 | ttl u32 | length u16 | rdata }*      (no owner name; names in
///     the RDATA lower case and uncompressed)
struct ImageRRset {
  RRType type{};
  std::uint16_t count = 0;            ///< records
  std::uint16_t signature_count = 0;  ///< RRSIGs that cover it
  Ttl ttl;
  Octets records;
  Octets signatures;
  /// Node references of the names in its RDATA that have addresses in this zone (NS, MX, SRV, …), each once, in the
  /// order of the records; ZoneImage::node() gives the node. Settled when the image is built.
  std::span<const std::uint32_t> targets;
};

class ZoneImage;

/// One owner name of a zone, or an empty non-terminal; borrowed from the mapped image, as cheap as a pointer.
/// Default-constructed it is "none", and only operator bool may be asked.
class NodeView {
 public:
  constexpr NodeView() noexcept = default;
  constexpr NodeView(const ZoneImage& image, const layout::Node* at) noexcept : image_(&image), at_(at) {}
  constexpr explicit operator bool() const noexcept { return at_ != nullptr; }
  friend constexpr bool operator==(NodeView a, NodeView b) noexcept { return a.at_ == b.at_; }

  [[nodiscard]] NameView name() const noexcept;
  [[nodiscard]] std::size_t label_count() const noexcept { return at_->labels; }
  [[nodiscard]] bool is_apex() const noexcept { return (at_->flags & layout::flag_apex) != 0; }
  /// NS here, and not the apex.
  [[nodiscard]] bool is_zone_cut() const noexcept { return (at_->flags & layout::flag_zone_cut) != 0; }
  /// Has a DNAME.
  [[nodiscard]] bool has_dname() const noexcept { return (at_->flags & layout::flag_dname) != 0; }
  /// Below a zone cut or a DNAME: never answered from, but glue.
  [[nodiscard]] bool is_occluded() const noexcept { return (at_->flags & layout::flag_occluded) != 0; }
  [[nodiscard]] bool is_empty_non_terminal() const noexcept { return (at_->flags & layout::flag_empty) != 0; }
  /// Of an occluded node: the topmost zone cut or DNAME owner above it. Else none.
  [[nodiscard]] NodeView cover() const noexcept;
  /// The node `*.<this>`; none if there is none or it is occluded.
  [[nodiscard]] NodeView wildcard() const noexcept;
  /// The RRset of that type; false if there is none. RRSIG is no type here: see ImageRRset::signatures.
  [[nodiscard]] bool rrset(RRType type, ImageRRset& found) const noexcept;
  [[nodiscard]] bool has(RRType type) const noexcept;
  /// RRsets by ascending type: [0, rrset_count()). Signatures that cover nothing there is have an entry of their
  /// type with count 0, which rrset() and has() do not find.
  [[nodiscard]] std::size_t rrset_count() const noexcept { return at_->rrsets; }
  [[nodiscard]] ImageRRset rrset_at(std::size_t i) const noexcept;
  /// NSEC3 zones: the NSEC3 node whose hash equals this name's; none when opt-out left it out.
  [[nodiscard]] NodeView nsec3_match() const noexcept;
  /// NSEC3 zones: the NSEC3 node that covers (or, where the wildcard exists, matches) `*.<this>`; settled for every
  /// name that can be a closest encloser. None in other zones.
  [[nodiscard]] NodeView nsec3_of_wildcard() const noexcept;
  [[nodiscard]] const ZoneImage& image() const noexcept { return *image_; }

 private:
  friend class ImageCheck;
  [[nodiscard]] const layout::RRsetEntry* entries() const noexcept;
  [[nodiscard]] const layout::RRsetEntry* entry(RRType type) const noexcept;
  const ZoneImage* image_ = nullptr;
  const layout::Node* at_ = nullptr;
};

/// What one name is in one zone (RFC 1034 §4.3.2 step 3 with RFC 4592 and 6672). At most one kind applies, tried
/// in this order.
struct Lookup {
  enum class Kind : std::uint8_t {
    zone_cut,      ///< at or below a delegation: `node` is the cut, `exact` says whether it is the name itself
    dname,         ///< below a DNAME owner: `node` has the DNAME
    exact,         ///< `node` is the name, perhaps an empty non-terminal
    wildcard,      ///< `node` is the source of synthesis, `closest_encloser` its parent
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
