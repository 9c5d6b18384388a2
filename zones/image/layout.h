#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace doors::layout {

/// The zone image's file format, drawn octet by octet in zones/README.md. All numbers little-endian, all offsets from
/// the section's start. A node reference counts units of 8 octets in the node section, a block reference units of
/// 8 octets in the data section; reference 0 is "none", so both sections start with 8 unused octets.
static_assert(std::endian::native == std::endian::little, "images are mapped as they lie");

inline constexpr std::array<char, 8> magic{'D', 'O', 'O', 'R', 'I', 'M', 'G', '1'};
inline constexpr std::uint32_t byte_order = 0x0102'0304;
inline constexpr std::uint32_t version = 1;
inline constexpr std::size_t page_octets = 64 * 1024;  ///< what one checksum covers

/// Feature bits; an unknown one refuses the image.
inline constexpr std::uint64_t feature_nsec = 1;   ///< denies by NSEC
inline constexpr std::uint64_t feature_nsec3 = 2;  ///< denies by NSEC3; every node has a Nsec3Links
inline constexpr std::uint64_t known_features = feature_nsec | feature_nsec3;

enum SectionId : std::size_t {
  buckets = 0,      ///< Bucket[]
  nodes = 1,        ///< Node blobs, 8-aligned
  data = 2,         ///< Block blobs, 8-aligned
  order = 3,        ///< u32 node references, every node in canonical order
  nsec_keys = 4,    ///< u64 sort keys of the NSEC owners
  nsec_owners = 5,  ///< u32 node references, beside nsec_keys
  nsec3_hashes = 6, ///< 20-octet hashes, ascending
  nsec3_owners = 7, ///< u32 node references, beside nsec3_hashes
  pages = 8,        ///< XXH3-64 of each page after the header's
  section_count = 9,
};

struct Section {
  std::uint64_t offset;  ///< from the file's start, a multiple of 64
  std::uint64_t octets;
};

struct Header {
  std::array<char, 8> magic;
  std::uint32_t byte_order;
  std::uint32_t version;
  std::uint64_t features;
  std::uint64_t file_octets;
  std::uint64_t seq;
  std::uint32_t epoch;
  std::uint32_t serial;
  std::array<std::byte, 32> content_digest;
  std::uint64_t records;
  std::uint32_t node_count;
  std::uint32_t bucket_count;
  std::uint32_t apex;          ///< node reference
  std::uint32_t negative_soa;  ///< block reference: SOA with TTL = min(TTL, MINIMUM)
  std::uint16_t negative_soa_signatures;
  std::uint16_t deepest_labels;
  std::uint32_t most_probes;   ///< buckets a look-up reads at most
  std::array<Section, section_count> sections;
  std::uint64_t pages_checksum;  ///< XXH3-64 of the page section
  std::uint16_t nsec3_iterations;
  std::uint8_t nsec3_salt_octets;
  std::uint8_t origin_octets;
  std::array<std::byte, 255> nsec3_salt;
  std::array<std::byte, 255> origin;
  std::array<std::byte, 2> unused;
  std::uint64_t checksum;  ///< XXH3-64 of all octets of the header before it
};
static_assert(sizeof(Header) % 8 == 0 && offsetof(Header, checksum) + 8 == sizeof(Header));
inline constexpr std::size_t header_octets = 1024;  ///< the header, padded with zeroes; sections follow
static_assert(sizeof(Header) <= header_octets);

/// A cache line of the hash table. Tag 0 is an empty place. A look-up goes on to the next bucket while `overflowed`.
struct alignas(64) Bucket {
  static constexpr std::size_t places = 10;
  std::array<std::uint16_t, places> tags;
  std::array<std::uint32_t, places> nodes;
  std::uint32_t overflowed;
};
static_assert(sizeof(Bucket) == 64);

/// A node: Node | Nsec3Links (feature_nsec3 only) | RRsetEntry[rrsets] | name, then zeroes up to a multiple of 8.
struct Node {
  std::uint8_t flags;
  std::uint8_t name_octets;
  std::uint8_t labels;
  std::uint8_t unused;
  std::uint16_t rrsets;
  std::uint16_t unused2;
  std::uint32_t cover;     ///< node reference: topmost cut or DNAME owner above an occluded node
  std::uint32_t wildcard;  ///< node reference: *.<this>
};
static_assert(sizeof(Node) == 16);
inline constexpr std::uint8_t flag_apex = 1;
inline constexpr std::uint8_t flag_zone_cut = 2;
inline constexpr std::uint8_t flag_dname = 4;
inline constexpr std::uint8_t flag_occluded = 8;
inline constexpr std::uint8_t flag_empty = 16;

struct Nsec3Links {
  std::uint32_t match;     ///< node reference of the NSEC3 with this name's hash
  std::uint32_t wildcard;  ///< node reference of the NSEC3 that covers or matches *.<this>
};

struct RRsetEntry {
  std::uint16_t type;
  std::uint16_t records;
  std::uint16_t signatures;
  std::uint16_t targets;
  std::uint32_t block;
};
static_assert(sizeof(RRsetEntry) == 12);

/// A block: Block | u32 node references[targets] | records | signatures, then zeroes up to a multiple of 8. Equal
/// blocks lie in the file once, so that a million delegations to the same servers share one.
struct Block {
  std::uint32_t record_octets;
  std::uint32_t signature_octets;
};

/// Where a hash looks first, and its tag.
constexpr std::uint32_t bucket_of(std::uint64_t hash, std::uint32_t bucket_count) noexcept {
  return static_cast<std::uint32_t>(((hash >> 32) * bucket_count) >> 32);
}
constexpr std::uint16_t tag_of(std::uint64_t hash) noexcept {
  const auto tag = static_cast<std::uint16_t>(hash);
  return tag == 0 ? std::uint16_t{1} : tag;
}

}  // namespace doors::layout
