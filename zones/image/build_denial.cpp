#include "zones/image/build_denial.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "zones/base/text_encoding.h"
#include "zones/dns/nsec3_hash.h"
#include "zones/dns/order_key.h"
#include "zones/image/nsec_tree.h"

namespace doors {

namespace {

/// `*.` before a name; nothing if that is over 255 octets (then no name can be below it either).
std::optional<Name> wildcard_below(NameView name) noexcept {
  static constexpr std::array<std::byte, 2> label{std::byte{1}, std::byte{'*'}};
  return Name::join(label, name);
}

/// Names that can turn out to be a closest encloser: what exists, and is not left by a cut or a DNAME.
bool can_enclose(const BuildNode& node) noexcept {
  return !node.hashed && !node.occluded() && !node.zone_cut && !node.dname;
}

// --- NSEC

std::vector<layout::TreeBlock> nsec_tree(const std::vector<BuildNode>& nodes,
                                         const std::vector<std::uint32_t>& owners) {
  const std::size_t origin_octets = nodes.front().octets;
  const auto key = [&](std::size_t owner) {
    return OrderKey(nodes[owners[std::min(owner, owners.size() - 1)]].name(), origin_octets);
  };
  const NsecTreeShape shape(owners.size());
  std::vector<layout::TreeBlock> tree(shape.blocks);
  for (std::size_t level = 0; level < shape.levels; ++level) {
    const std::size_t stride = shape.strides[level];
    const std::size_t block_stride = stride * layout::TreeBlock::fanout;
    for (std::size_t block = 0; block * block_stride < owners.size(); ++block) {
      layout::TreeBlock& made = tree[shape.starts[level] + block];
      const std::size_t first = block * block_stride;
      made.depth = static_cast<std::uint32_t>(OrderKey::common(key(first), key(first + block_stride)));
      for (std::size_t i = 0; i < layout::TreeBlock::fanout && first + i * stride < owners.size(); ++i) {
        made.slices[i] = key(first + i * stride).slice(made.depth);
      }
    }
  }
  return tree;
}

/// The owner at or before a node's wildcard lies at or behind the node's own, usually there.
void link_nsec(std::vector<BuildNode>& nodes, const std::vector<std::uint32_t>& owners) {
  std::size_t rank = 0;  // of the owner at or before the node; the apex is the first of both
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (rank + 1 < owners.size() && owners[rank + 1] == i) ++rank;
    if (!can_enclose(nodes[i])) continue;
    const auto wildcard = wildcard_below(nodes[i].name());
    if (!wildcard) continue;
    std::size_t covering = rank;
    while (covering + 1 < owners.size() &&
           nodes[owners[covering + 1]].name().canonical_compare(*wildcard) <= 0) {
      ++covering;
    }
    nodes[i].wildcard_denial = owners[covering];
  }
}

// --- NSEC3

struct Nsec3Chain {
  std::uint16_t iterations = 0;
  Octets salt;
  std::vector<std::uint32_t> owners;
  std::vector<Nsec3Hash> hashes;  // ascending

  /// The place of the last one at or before the hash, round the circle.
  [[nodiscard]] std::size_t at_or_before(const Nsec3Hash& hash) const noexcept {
    const auto above = std::upper_bound(hashes.begin(), hashes.end(), hash);
    return above == hashes.begin() ? hashes.size() - 1 : static_cast<std::size_t>(above - hashes.begin()) - 1;
  }
};

/// The parameters at the start of NSEC3 and NSEC3PARAM RDATA (RFC 5155 §3.2, §4.2), flags aside.
struct Parameters {
  std::uint8_t algorithm = 0;
  std::uint8_t flags = 0;
  std::uint16_t iterations = 0;
  Octets salt;
  explicit Parameters(Octets rdata) noexcept
      : algorithm(std::to_integer<std::uint8_t>(rdata[0])),
        flags(std::to_integer<std::uint8_t>(rdata[1])),
        iterations(load_u16(rdata.data() + 2)),
        salt(rdata.subspan(5, std::to_integer<std::size_t>(rdata[4]))) {}
  [[nodiscard]] bool same_chain(const Parameters& other) const noexcept {
    return algorithm == other.algorithm && iterations == other.iterations &&
           text_of(salt) == text_of(other.salt);
  }
};
constexpr std::uint8_t sha1_algorithm = 1;

std::optional<RRsetView> rrset_of(const Content& content, const BuildNode& node, RRType type) noexcept {
  for (std::uint32_t i = 0; i < node.rrsets; ++i) {
    if (const RRsetView rrset = content.rrset(node.first_rrset + i); rrset.type == type) return rrset;
  }
  return std::nullopt;
}

/// The owners of one chain. Their labels are in base 32 hex, whose order is that of the hashes.
Nsec3Chain chain_of(const Content& content, const std::vector<BuildNode>& nodes,
                    const Parameters& parameters) {
  Nsec3Chain chain{parameters.iterations, parameters.salt, {}, {}};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i].nsec3 || nodes[i].labels != nodes.front().labels + 1) continue;
    const auto rdatas = rrset_of(content, nodes[i], RRType::nsec3)->rdatas;
    if (std::none_of(rdatas.begin(), rdatas.end(),
                     [&](Octets rdata) { return Parameters(rdata).same_chain(parameters); })) {
      continue;
    }
    const auto hash = from_base32hex(text_of(nodes[i].name().first_label()));
    if (!hash || hash->size() != std::tuple_size_v<Nsec3Hash>) continue;
    chain.owners.push_back(static_cast<std::uint32_t>(i));
    std::copy(hash->begin(), hash->end(), chain.hashes.emplace_back().begin());
  }
  return chain;
}

std::optional<Nsec3Chain> choose_chain(const Content& content, const std::vector<BuildNode>& nodes) {
  const auto announced = rrset_of(content, nodes.front(), RRType::nsec3param);
  if (!announced) return std::nullopt;
  for (const Octets rdata : announced->rdatas) {
    const Parameters parameters(rdata);
    if (parameters.algorithm != sha1_algorithm || parameters.flags != 0) continue;
    Nsec3Chain chain = chain_of(content, nodes, parameters);
    const Nsec3Hash apex = nsec3_hash(nodes.front().name(), chain.iterations, chain.salt);
    if (std::binary_search(chain.hashes.begin(), chain.hashes.end(), apex)) return chain;
  }
  return std::nullopt;
}

void link_nsec3(std::vector<BuildNode>& nodes, const Nsec3Chain& chain) {
  for (BuildNode& node : nodes) {
    if (node.hashed || node.occluded()) continue;
    const Nsec3Hash hash = nsec3_hash(node.name(), chain.iterations, chain.salt);
    const std::size_t place = chain.at_or_before(hash);
    node.denial = chain.owners[place];
    node.denial_matches = chain.hashes[place] == hash;
    if (!can_enclose(node)) continue;
    if (const auto wildcard = wildcard_below(node.name())) {
      node.wildcard_denial =
          chain.owners[chain.at_or_before(nsec3_hash(*wildcard, chain.iterations, chain.salt))];
    }
  }
}

/// About 8 hashes for each start in the index: one cache line of them.
void index_hashes(BuildDenial& denial) {
  const std::size_t count = denial.nsec3_hashes.size();
  denial.nsec3_index_bits = static_cast<std::uint8_t>(std::bit_width(count / 8));
  denial.nsec3_index.assign((std::size_t{1} << denial.nsec3_index_bits) + 1, 0);
  std::size_t place = 0;
  for (std::size_t i = 0; i < denial.nsec3_index.size(); ++i) {
    while (place < count && denial.nsec3_index_bits != 0 &&
           (denial.nsec3_hashes[place] >> (64 - denial.nsec3_index_bits)) < i) {
      ++place;
    }
    denial.nsec3_index[i] = static_cast<std::uint32_t>(place);
  }
  denial.nsec3_index.back() = static_cast<std::uint32_t>(count);
}

}  // namespace

BuildDenial build_denial(const Content& content, std::vector<BuildNode>& nodes) {
  BuildDenial denial;
  if (auto chain = choose_chain(content, nodes)) {
    denial.kind = ZoneImage::Denial::nsec3;
    denial.nsec3_iterations = chain->iterations;
    denial.nsec3_salt = chain->salt;
    link_nsec3(nodes, *chain);
    for (const Nsec3Hash& hash : chain->hashes) denial.nsec3_hashes.push_back(load_u64(hash.data()));
    denial.owners = std::move(chain->owners);
    index_hashes(denial);
  } else if (nodes.front().nsec) {
    denial.kind = ZoneImage::Denial::nsec;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].nsec && !nodes[i].occluded()) denial.owners.push_back(static_cast<std::uint32_t>(i));
    }
    link_nsec(nodes, denial.owners);
    denial.nsec_tree = nsec_tree(nodes, denial.owners);
  }
  return denial;
}

}  // namespace doors
