#include "zones/image/build_blocks.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <xxhash.h>

#include "zones/dns/hashed_name.h"
#include "zones/dns/rdata.h"

namespace doors {

/// Types whose RDATA names a host or service: its addresses go into the additional section (RFC 1035 §3.3,
/// 2782, 3403, …). Of SVCB and HTTPS more is told, and looked up by who answers (RFC 9460 §4.1).
bool has_additional(RRType type) noexcept {
  switch (type) {
    case RRType::ns:
    case RRType::md:
    case RRType::mf:
    case RRType::mb:
    case RRType::mx:
    case RRType::afsdb:
    case RRType::rt:
    case RRType::px:
    case RRType::srv:
    case RRType::naptr:
    case RRType::kx:
      return true;
    default:
      return false;
  }
}

namespace {

/// A response keeps the places of so many targets' names (server/answer/additional.cpp).
constexpr std::size_t few_targets = 32;

/// Everything of an RRset but its owner, as it lies in the content.
Octets without_owner(const Content& content, std::uint32_t rrset) noexcept {
  const Octets octets = content.rrset_octets(rrset);
  return octets.subspan(NameView::trusted_at(octets.data()).size());
}

/// Which of the blocks so far is equal to a new one. Open addressing; a slot is | hash, upper half | block +
/// 1 |.
class KnownBlocks {
 public:
  explicit KnownBlocks(std::size_t at_most) : slots_(std::bit_ceil(2 * at_most + 1)) {}

  /// Fetches the slot that find_or_add() will begin with for these records.
  void prefetch(const Content& content, std::uint32_t records) noexcept {
    __builtin_prefetch(&slots_[hash_of(without_owner(content, records)) & (slots_.size() - 1)]);
  }
  /// The block that has these records; if there is none, `block` has them from now on.
  std::uint32_t find_or_add(const Content& content, const std::vector<BuildBlock>& blocks,
                            std::uint32_t records, std::uint32_t block) {
    const Octets wanted = without_owner(content, records);
    const std::uint64_t hash = hash_of(wanted);
    std::size_t place = hash & (slots_.size() - 1);
    for (; slots_[place] != 0; place = (place + 1) & (slots_.size() - 1)) {
      if (slots_[place] >> 32 != hash >> 32) continue;
      const auto known = static_cast<std::uint32_t>(slots_[place]) - 1;
      const Octets held = without_owner(content, blocks[known].records);
      if (held.size() == wanted.size() && std::memcmp(held.data(), wanted.data(), held.size()) == 0)
        return known;
    }
    slots_[place] = (hash >> 32 << 32) | (block + 1);
    return block;
  }

 private:
  static std::uint64_t hash_of(Octets records) noexcept {
    return XXH3_64bits(records.data(), records.size());
  }

  std::vector<std::uint64_t> slots_;
};

class Builder {
 public:
  Builder(const Content& content, std::vector<BuildNode>& nodes, const BuildIndex& index)
      : content_(content), nodes_(nodes), index_(index), known_(content.rrset_count()) {
    built_.entries.reserve(content.rrset_count());
  }

  Result<BuildBlocks> run() {
    constexpr std::size_t ahead = 12;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (i + ahead < nodes_.size()) prefetch(nodes_[i + ahead]);
      if (auto done = group(nodes_[i]); !done) return Unexpected(done.error());
    }
    std::ranges::sort(built_.dangling);
    built_.dangling.erase(std::unique(built_.dangling.begin(), built_.dangling.end()), built_.dangling.end());
    return std::move(built_);
  }

 private:
  /// Fetches what add() will ask for: in a large zone each slot is a line from memory.
  void prefetch(const BuildNode& node) noexcept {
    if (node.rrsets <= 2) {  // signed names have more, and their RRsets are not looked up
      for (std::uint32_t i = 0; i < node.rrsets; ++i) known_.prefetch(content_, node.first_rrset + i);
    }
  }
  /// Joins a node's RRsets and the signatures that cover them; both lie by ascending type.
  Result<void> group(BuildNode& node) {
    const std::uint32_t end = node.first_rrset + node.rrsets;
    std::uint32_t signatures = node.first_rrset;  // the first RRSIG set, if any
    while (signatures < end && content_.rrset(signatures).type < RRType::rrsig) ++signatures;
    lone_.clear();
    node.first_entry = static_cast<std::uint32_t>(built_.entries.size());
    for (std::uint32_t i = node.first_rrset; i < end; ++i) {
      const RRType type = content_.rrset(i).type;
      if (type == RRType::rrsig) continue;
      while (is_signature(signatures, end) && content_.rrset(signatures).covered < type)
        lone_.push_back(signatures++);
      const bool is_signed = is_signature(signatures, end) && content_.rrset(signatures).covered == type;
      add(type, i, is_signed ? signatures++ : BuildBlock::none);
    }
    while (is_signature(signatures, end)) lone_.push_back(signatures++);
    const std::size_t rrsets = built_.entries.size() - node.first_entry;
    for (const std::uint32_t each : lone_) add(content_.rrset(each).covered, BuildBlock::none, each);
    if (rrsets + lone_.size() > layout::node::count_mask)
      return failure("over 4095 types at " + node.name().to_string());
    node.entries = static_cast<std::uint16_t>(rrsets + lone_.size());
    node.lone = static_cast<std::uint16_t>(lone_.size());
    return {};
  }
  [[nodiscard]] bool is_signature(std::uint32_t rrset, std::uint32_t end) const noexcept {
    return rrset < end && content_.rrset(rrset).type == RRType::rrsig;
  }

  void add(RRType type, std::uint32_t records, std::uint32_t signatures) {
    const auto fresh = static_cast<std::uint32_t>(built_.blocks.size());
    std::uint32_t block = fresh;
    if (signatures == BuildBlock::none) block = known_.find_or_add(content_, built_.blocks, records, fresh);
    built_.entries.push_back({block, type});
    if (block != fresh) {
      built_.blocks[block].shared = true;
      return;
    }
    BuildBlock& added = built_.blocks.emplace_back();
    added.records = records;
    added.signatures = signatures;
    if (records != BuildBlock::none && has_additional(type)) find_targets(added, type);
  }

  void find_targets(BuildBlock& block, RRType type) {
    block.first_target = static_cast<std::uint32_t>(built_.targets.size());
    for (const Octets rdata : content_.rrset(block.records).rdatas) {
      for (const RdataName& each : trusted_rdata_names(type, rdata)) {
        if (!each.name.is_at_or_below(content_.origin())) continue;
        const std::uint32_t target = index_.find(each.name);
        if (target == no_node || !has_address(nodes_[target])) {
          built_.dangling.push_back(name_hash(each.name));
          continue;
        }
        const auto first = built_.targets.begin() + block.first_target;
        if (std::find(first, built_.targets.end(), target) != built_.targets.end()) continue;
        if (block.targets == layout::block::max_targets) return;
        built_.targets.push_back(target);
        ++block.targets;
        built_.many_targets = built_.many_targets || block.targets > few_targets;
      }
    }
  }
  [[nodiscard]] bool has_address(const BuildNode& node) const noexcept {
    for (std::uint32_t i = 0; i < node.rrsets; ++i) {
      const RRType type = content_.rrset(node.first_rrset + i).type;
      if (type == RRType::a || type == RRType::aaaa) return true;
      if (type > RRType::aaaa) break;
    }
    return false;
  }

  const Content& content_;
  std::vector<BuildNode>& nodes_;
  const BuildIndex& index_;
  KnownBlocks known_;
  BuildBlocks built_;
  std::vector<std::uint32_t> lone_;
};

/// Octets of an RRset as records without owners. In the content each record has its length; here also 8
/// octets more.
std::uint64_t wire_octets(const RRsetView& rrset) noexcept {
  return rrset.rdatas.octets().size() + (layout::block::record_header - 2) * rrset.rdatas.size();
}

}  // namespace

Result<BuildBlocks> build_blocks(const Content& content, std::vector<BuildNode>& nodes,
                                 const BuildIndex& index) {
  return Builder(content, nodes, index).run();
}

bool BlockShape::wide() const noexcept {
  return records_octets >= layout::block::wide || signatures_octets > 0xffff || signatures > 0xff ||
         targets > 0xff;
}

std::uint64_t BlockShape::octets() const noexcept {
  const std::size_t header = wide() ? layout::block::wide_header : layout::block::narrow_header;
  return layout::round_up(header + 4u * targets + records_octets + signatures_octets, layout::reference_unit);
}

BlockShape shape_of(const Content& content, const BuildBlock& block) noexcept {
  BlockShape shape;
  if (block.records != BuildBlock::none) {
    const RRsetView rrset = content.rrset(block.records);
    shape.records_octets = wire_octets(rrset);
    shape.records = static_cast<std::uint16_t>(rrset.rdatas.size());
  }
  if (block.signatures != BuildBlock::none) {
    const RRsetView rrset = content.rrset(block.signatures);
    shape.signatures_octets = wire_octets(rrset);
    shape.signatures = static_cast<std::uint16_t>(rrset.rdatas.size());
  }
  shape.targets = block.targets;
  return shape;
}

std::byte* write_block_header(std::byte* to, const BlockShape& shape) noexcept {
  using layout::store;
  if (shape.wide()) {
    store(to, layout::block::wide);
    store(to + 2, shape.targets);
    store(to + 4, shape.records);
    store(to + 6, shape.signatures);
    store(to + 8, static_cast<std::uint32_t>(shape.records_octets));
    store(to + 12, static_cast<std::uint32_t>(shape.signatures_octets));
    return to + layout::block::wide_header;
  }
  store(to, static_cast<std::uint16_t>(shape.records_octets));
  store(to + 2, static_cast<std::uint16_t>(shape.signatures_octets));
  store(to + 4, shape.records);
  to[6] = static_cast<std::byte>(shape.signatures);
  to[7] = static_cast<std::byte>(shape.targets);
  return to + layout::block::narrow_header;
}

void limit_negative_ttl(std::byte* soa_block, const BlockShape& shape) noexcept {
  std::byte* record = soa_block + (shape.wide() ? layout::block::wide_header : layout::block::narrow_header);
  const auto fields = parse_soa({record + layout::block::record_header, load_u16(record + 8)});
  const std::uint32_t ttl = std::min(load_u32(record + 4), fields ? fields->minimum : 0);
  for (std::size_t i = 0; i < std::size_t{shape.records} + shape.signatures; ++i) {
    store_u32(record + 4, ttl);
    record += layout::block::record_header + load_u16(record + 8);
  }
}

}  // namespace doors
