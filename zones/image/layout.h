#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// The zone image, octet by octet: what the writer writes and the reader maps. zones/README.md draws it.
/// Numbers lie in the byte order of the machine that wrote them (a mark in the header tells it; another
/// machine refuses them); resource records lie in wire form.
///
///     header | origin | salt | … sections, each from a multiple of 64 … | page table
///
/// A reference is a u32: the octet offset from the start of the image, in units of 8; 0 is "none" (the header
/// is there).
namespace doors::layout {

inline constexpr std::string_view magic = "DOORIMG1";
inline constexpr std::uint32_t byte_order_mark = 0x0102'0304;
inline constexpr std::uint16_t version = 3;
inline constexpr std::size_t page_octets = std::size_t{64} * 1024;
inline constexpr std::size_t section_alignment = 64;
inline constexpr std::size_t reference_unit = 8;
inline constexpr std::uint64_t max_file_octets = std::uint64_t{reference_unit} << 32;

/// What a reader must understand to use an image; it refuses one with a bit that it does not know. None yet.
inline constexpr std::uint32_t known_features = 0;

/// The start of an image, three cache lines: what it is, which version, and what every look-up reads. Then
/// the origin's wire form, the salt's octets, and zeros up to a multiple of 64: header_octets counts them
/// all, and header_checksum (XXH3-64, itself as 0) covers them all. Sections are given as references, and lie
/// in this order: buckets, heap, order, nsec, nsec_tree, nsec3_hashes, nsec3, nsec3_index, dangling; one
/// without octets is 0. The heap (nodes and blocks; nodes in canonical order) lies between the buckets' end
/// and the order.
struct alignas(64) Header {
  std::array<char, 8> magic;
  std::uint32_t byte_order;
  std::uint16_t version;
  std::uint16_t header_octets;
  std::uint32_t required_features;  ///< unknown bit: refuse
  std::uint32_t optional_features;  ///< unknown bit: go on
  std::uint32_t dangling;  ///< u64[]: hashes, ascending, of names that records name, but without address
  std::uint32_t dangling_count;
  std::uint64_t file_octets;
  std::uint64_t header_checksum;
  std::uint64_t page_table_offset;    ///< up to the end of the image; XXH3-64 (u64) of each page
  std::uint64_t page_table_checksum;  ///< XXH3-64 of the page table

  std::uint64_t seq;
  std::uint32_t epoch;
  std::uint32_t serial;
  std::array<std::byte, 32> content_digest;
  std::uint64_t records;
  std::uint64_t memory;  ///< 0 in a file; in memory the address of who owns the mapping

  std::uint32_t buckets;  ///< Bucket[]: names to nodes
  std::uint32_t bucket_count;
  std::uint32_t apex;          ///< node
  std::uint32_t negative_soa;  ///< block
  std::uint8_t origin_octets;
  std::uint8_t origin_labels;
  std::uint8_t first_labels;    ///< where the search for the closest encloser starts: the most populous depth
  std::uint8_t deepest_labels;  ///< of any name that can be looked up
  std::uint8_t denial;          ///< ZoneImage::Denial
  std::uint8_t nsec3_index_bits;
  std::uint16_t nsec3_iterations;
  std::uint32_t nsec3_index;   ///< u32[2^nsec3_index_bits + 1]: by a hash's first bits, where to begin
  std::uint32_t nsec3_hashes;  ///< u64[]: the first 8 octets of each hash, ascending
  std::uint32_t nsec3;         ///< u32[]: the NSEC3 owners, by hash
  std::uint32_t nsec3_count;
  std::uint32_t nsec;  ///< u32[]: the NSEC owners in canonical order
  std::uint32_t nsec_count;
  std::uint32_t nsec_tree;  ///< TreeBlock[]: the search tree over them, leaves first
  std::uint32_t order;      ///< u32[]: all nodes in canonical order
  std::uint32_t nodes;      ///< how many
  std::uint8_t salt_octets;
  std::uint8_t unchecked;     ///< 0 in a file; in memory what is_plain() and overlay() ask for
  std::uint8_t many_targets;  ///< 1: some block has more than 32
  std::uint8_t reserved;      ///< zero
};
static_assert(sizeof(Header) == 192 && offsetof(Header, buckets) == 128);

/// Bits of Header::unchecked.
inline constexpr std::uint8_t is_unchecked = 1;  ///< what a reference leads to is checked at each use
inline constexpr std::uint8_t is_overlaid = 2;   ///< this header is a copy that stands before an overlay

/// One cache line of the hash table over all names. A name's bucket is its hash's upper half scaled to the
/// number of buckets; who finds it full goes on to the next one and leaves a bit of its hash in `spilled`, so
/// that a search goes on only where something like it went on.
///
///     | tag u16 × 10 | spilled u32 | node reference u32 × 10 |        tag: the hash's lowest 16 bits
struct alignas(64) Bucket {
  static constexpr std::size_t slots = 10;
  std::array<std::uint16_t, slots> tags;
  std::uint32_t spilled;
  std::array<std::uint32_t, slots> nodes;  ///< 0: free
};
static_assert(sizeof(Bucket) == 64);

constexpr std::size_t bucket_of(std::uint64_t hash, std::size_t buckets) noexcept {
  return static_cast<std::size_t>(((hash >> 32) * static_cast<std::uint64_t>(buckets)) >> 32);
}
constexpr std::uint16_t tag_of(std::uint64_t hash) noexcept {
  return static_cast<std::uint16_t>(hash & 0xffff);
}
constexpr std::uint32_t spill_bit(std::uint64_t hash) noexcept { return 1u << ((hash >> 16) & 31); }

/// One cache line of the NSEC search tree: 15 keys, cut out of the owners' order keys (dns/order_key.h) where
/// they begin to differ. Every key that can come here lies between this block's first and the next block's
/// first one, so it has their `depth` common octets too, and comparing the 4 octets after them decides, but
/// for ties.
struct alignas(64) TreeBlock {
  static constexpr std::size_t fanout = 15;
  std::uint32_t depth;
  std::array<std::uint32_t, fanout> slices;  ///< as numbers
};
static_assert(sizeof(TreeBlock) == 64);

/// A node, from a multiple of 8:
///
///     | flags u8 | name octets u8 | counts u16 | name, lower case | to a multiple of 4 |
///     | optional u32: cover, wildcard, denial, wildcard denial, lone signatures |
///     | block reference u32 × entries | type u16 × entries | to a multiple of 8 |
///
/// The entries are its RRsets by ascending type; behind them, where `lone` says so, signatures of types that
/// are not there. The blocks that only this node has follow it; shared ones lie at the start of the heap.
namespace node {
inline constexpr unsigned occluded = 0x01;         ///< has a cover
inline constexpr unsigned wildcard = 0x02;         ///< has a wildcard below it
inline constexpr unsigned denial = 0x04;           ///< has the NSEC3 that matches or covers it
inline constexpr unsigned wildcard_denial = 0x08;  ///< has the NSEC(3) that matches or covers `*.` below it
inline constexpr unsigned apex = 0x10;
inline constexpr unsigned zone_cut = 0x20;
inline constexpr unsigned dname = 0x40;
inline constexpr unsigned denial_matches = 0x80;
inline constexpr unsigned optional_mask = 0x0f;

inline constexpr unsigned count_mask = 0x0fff;  ///< RRsets; in `counts`
inline constexpr unsigned lone = 0x8000;        ///< has signatures without RRset; in `counts`
inline constexpr unsigned reserved_counts = 0x7000;

inline constexpr std::size_t name_offset = 4;

/// Bits set among the lowest four.
constexpr std::size_t bits_of_four(unsigned value) noexcept {
  return static_cast<std::size_t>((0x4332'3221'3221'2110ull >> ((value & 15) * 4)) & 15);
}
/// Where the optional references start.
constexpr std::size_t optional_offset(std::size_t name_octets) noexcept {
  return (name_offset + name_octets + 3) & ~std::size_t{3};
}
}  // namespace node

/// A block: one RRset with its signatures, from a multiple of 8.
///
///     | records octets u16 | signatures octets u16 | records u16 | signatures u8 | targets u8 |
///     | target u32 × targets | records | signatures | to a multiple of 8 |
///
/// or, where one of the numbers does not fit, wide:
///
///     | ffff | targets u16 | records u16 | signatures u16 | records octets u32 | signatures octets u32 | …
///     as above
namespace block {
inline constexpr std::uint16_t wide = 0xffff;
inline constexpr std::size_t narrow_header = 8;
inline constexpr std::size_t wide_header = 16;
/// More targets than that no message could carry; the writer leaves out the rest.
inline constexpr std::size_t max_targets = 0x7fff;
/// The start of each record: type, class, TTL, length (RFC 1035 §3.2.1 without the owner).
inline constexpr std::size_t record_header = 10;
}  // namespace block

/// The first label of an NSEC3 owner: base 32 of a SHA-1 (RFC 5155 §3).
inline constexpr std::size_t hash_label_octets = 32;

/// Numbers as they lie; `at` needs no alignment.
template <class Number>
[[nodiscard]] inline Number load(const std::byte* at) noexcept {
  Number value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class Number>
inline void store(std::byte* at, Number value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t multiple) noexcept {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace doors::layout
