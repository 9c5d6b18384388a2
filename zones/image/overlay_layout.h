#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "zones/image/layout.h"

/// The overlay, octet by octet: what is different in a version of a zone from the image of an earlier one,
/// its base. zones/README.md tells how the two are read as one.
///
///     header | sections, each from a multiple of 64 | zeros up to a multiple of 64
///
/// Nodes and blocks are those of layout.h. One space of references spans both files: below `split` they lie
/// in the base, from there on in the overlay, whose first octet is `split`. A node of the base is always
/// meant by its reference there, even where the overlay has another one for it.
namespace doors::layout {

inline constexpr std::string_view overlay_magic = "DOOROVL1";
inline constexpr std::uint16_t overlay_version = 1;
inline constexpr std::uint64_t max_overlay_octets = std::uint64_t{1} << 30;

/// Which image an overlay lies on; its header checksum stands for all of it.
struct BaseId {
  std::uint64_t header_checksum;
  std::uint64_t file_octets;
  std::uint64_t seq;
  std::uint32_t epoch;
  std::uint32_t reserved;  ///< zero
  friend bool operator==(const BaseId&, const BaseId&) noexcept = default;
};

enum class OverlaySection : std::uint8_t {
  heap,       ///< nodes and blocks
  nodes,      ///< u32[]: references of the nodes here, ascending and in canonical order
  buckets,    ///< Bucket[]: names to nodes here
  redirects,  ///< Redirect[], a power of two of them: by the base's reference, open addressing
  inserted,   ///< Inserted[]: nodes that the base has not
  removed,    ///< u32[]: places, in the base's order, of nodes that are no more
  nsec,       ///< u32[]: references of NSEC owners that are none in the base, in canonical order
  nsec3,      ///< u32[]: the same for NSEC3, by hash
};
inline constexpr std::size_t overlay_sections = 8;

struct OverlayHeader {
  std::array<char, 8> magic;
  std::uint32_t byte_order;
  std::uint16_t version;
  std::uint8_t deepest_labels;
  std::uint8_t reserved;            ///< zero
  std::uint64_t required_features;  ///< unknown bit: refuse; there are none
  std::uint64_t file_octets;
  std::uint64_t
      checksum;  ///< XXH3-64 of what follows the header; its seed is that of the header, itself as 0
  BaseId base;
  std::uint64_t seq;
  std::uint32_t epoch;
  std::uint32_t serial;
  std::array<std::byte, 32> content_digest;
  std::uint64_t records;  ///< of the zone
  std::uint32_t nodes;    ///< of the zone
  std::uint32_t split;
  std::uint32_t apex;          ///< node reference, in the overlay: the SOA is always another one
  std::uint32_t negative_soa;  ///< block reference, in the overlay
  struct Extent {
    std::uint64_t offset;
    std::uint64_t octets;
  };
  std::array<Extent, overlay_sections> sections;
};
static_assert(sizeof(OverlayHeader) == 272);

/// What became of one node of the base.
struct Redirect {
  static constexpr std::uint32_t unsettled = 1;  ///< what was denied by it may have another NSEC or NSEC3 now
  static constexpr std::uint32_t no_denier = 2;  ///< it is no NSEC or NSEC3 owner any more
  std::uint32_t from;                            ///< reference in the base; 0: a free slot
  std::uint32_t to;                              ///< the node that stands for it: here, or itself
  std::uint32_t flags;
};
static_assert(sizeof(Redirect) == 12);

constexpr std::size_t redirect_slot(std::uint32_t from, std::size_t slots) noexcept {
  return static_cast<std::size_t>((from * std::uint64_t{0x9e37'79b9'7f4a'7c15}) >> 32) & (slots - 1);
}

struct Inserted {
  std::uint32_t place;      ///< in the zone's order
  std::uint32_t reference;  ///< in the overlay
};

namespace node {
/// In `counts`, in overlays: no name. The node stands for one that is no more, or it is an NSEC3 owner and
/// nothing else.
inline constexpr unsigned unnamed = 0x4000;
static_assert((unnamed & reserved_counts) != 0);
}  // namespace node

}  // namespace doors::layout
