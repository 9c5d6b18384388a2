#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "zones/base/octets.h"
#include "zones/dns/hashed_name.h"
#include "zones/dns/name.h"
#include "zones/dns/ttl.h"
#include "zones/dns/types.h"

namespace doors {

class NodeView;

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

/// One owner name of a zone, or an empty non-terminal; borrowed from the mapped image, as cheap as a pointer.
/// Default-constructed it is "none", and only operator bool may be asked.
class NodeView {
 public:
  constexpr NodeView() noexcept = default;
  NodeView(const class ZoneImage& image, const std::byte* at) noexcept : image_(&image), at_(at) {}
  explicit operator bool() const noexcept { return at_ != nullptr; }
  friend bool operator==(NodeView a, NodeView b) noexcept { return a.at_ == b.at_; }

  [[nodiscard]] NameView name() const noexcept;
  [[nodiscard]] bool is_apex() const noexcept;
  /// NS here, and not the apex.
  [[nodiscard]] bool is_zone_cut() const noexcept;
  /// Has a DNAME.
  [[nodiscard]] bool has_dname() const noexcept;
  /// Below a zone cut or a DNAME: never answered from, but glue.
  [[nodiscard]] bool is_occluded() const noexcept;
  [[nodiscard]] bool is_empty_non_terminal() const noexcept;
  /// Of an occluded node: the topmost zone cut or DNAME owner above it. Else none.
  [[nodiscard]] NodeView cover() const noexcept;
  /// The node `*.<this>`; none if there is none or it is occluded.
  [[nodiscard]] NodeView wildcard() const noexcept;
  /// The RRset of that type; false if there is none. RRSIG is no type here: see ImageRRset::signatures.
  [[nodiscard]] bool rrset(RRType type, ImageRRset& found) const noexcept;
  [[nodiscard]] bool has(RRType type) const noexcept;
  /// RRsets by ascending type: [0, rrset_count()).
  [[nodiscard]] std::size_t rrset_count() const noexcept;
  [[nodiscard]] ImageRRset rrset_at(std::size_t i) const noexcept;
  /// NSEC3 zones: the NSEC3 node whose hash equals this name's; none when opt-out left it out.
  [[nodiscard]] NodeView nsec3_match() const noexcept;
  /// NSEC3 zones: the NSEC3 node that covers (or, where the wildcard exists, matches) `*.<this>`; settled for every
  /// name that can be a closest encloser. None in other zones.
  [[nodiscard]] NodeView nsec3_of_wildcard() const noexcept;
  [[nodiscard]] const ZoneImage& image() const noexcept { return *image_; }

 private:
  const ZoneImage* image_ = nullptr;
  const std::byte* at_ = nullptr;
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
