#include "zones/image/writer.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "zones/dns/nsec3_hash.h"
#include "zones/dns/rdata.h"
#include "zones/image/checksum.h"
#include "zones/image/layout.h"
#include "zones/image/node_table.h"
#include "zones/image/nsec_key.h"

namespace doors {

namespace {

using Bytes = std::vector<std::byte>;

template <class T>
void append(Bytes& out, const T& value) {
  const auto* at = reinterpret_cast<const std::byte*>(&value);
  out.insert(out.end(), at, at + sizeof value);
}

void append(Bytes& out, Octets octets) { out.insert(out.end(), octets.begin(), octets.end()); }

void pad_to(Bytes& out, std::size_t multiple) { out.resize((out.size() + multiple - 1) / multiple * multiple); }

/// Types whose RDATA names hosts to be looked up next (RFC 1035 §3.3, 2782, 9460): their addresses go along.
bool has_targets(RRType type) noexcept {
  switch (type) {
    case RRType::ns:
    case RRType::mb:
    case RRType::mx:
    case RRType::afsdb:
    case RRType::rt:
    case RRType::kx:
    case RRType::srv:
    case RRType::svcb:
    case RRType::https: return true;
    default: return false;
  }
}

/// The hash that an NSEC3 owner's first label spells in base32hex (RFC 4648 §7), in any case; nothing if it is not
/// 32 such digits.
std::optional<Nsec3Hash> parse_nsec3_label(Octets label) noexcept {
  constexpr std::size_t digits = nsec3_hash_octets * 8 / 5;
  if (label.size() != digits) return std::nullopt;
  Nsec3Hash hash{};
  for (std::size_t i = 0; i < digits; ++i) {
    const auto c = std::to_integer<unsigned>(lower(label[i]));
    unsigned value = 0;
    if (c >= '0' && c <= '9') {
      value = c - '0';
    } else if (c >= 'a' && c <= 'v') {
      value = c - 'a' + 10;
    } else {
      return std::nullopt;
    }
    for (std::size_t bit = 0; bit < 5; ++bit) {
      const std::size_t at = i * 5 + bit;
      if ((value & (16u >> bit)) != 0) hash[at / 8] |= static_cast<std::byte>(0x80u >> (at % 8));
    }
  }
  return hash;
}

/// The NSEC3 chain in use: the parameters of the first NSEC3PARAM that has an NSEC3 record for the apex.
struct Nsec3Chain {
  bool present = false;
  std::uint16_t iterations = 0;
  Octets salt;
  std::vector<std::pair<Nsec3Hash, std::uint32_t>> owners;  // ascending; node index

  [[nodiscard]] std::size_t at_or_before(const Nsec3Hash& hash) const {
    const auto after = std::upper_bound(owners.begin(), owners.end(), hash,
                                        [](const Nsec3Hash& h, const auto& owner) { return h < owner.first; });
    return static_cast<std::size_t>((after == owners.begin() ? owners.end() : after) - owners.begin()) - 1;
  }
};

class ImageWriter {
 public:
  ImageWriter(const Content& content, const ImageVersion& version)
      : content_(content), version_(version), table_(content) {}

  Result<Bytes> build() {
    nodes_out_.resize(8);
    data_out_.resize(8);
    find_nsec3_chain();
    place_nodes();
    write_nodes();
    if (too_large()) return failure("zone too large for an image");
    write_buckets();
    write_denial();
    return assemble();
  }

 private:
  [[nodiscard]] const std::vector<BuiltNode>& nodes() const { return table_.nodes(); }
  [[nodiscard]] std::uint32_t reference(std::uint32_t node) const {
    return node == BuiltNode::none ? 0 : references_[node];
  }
  [[nodiscard]] bool too_large() const {
    constexpr std::size_t limit = std::size_t{UINT32_MAX} * 8;
    return nodes_out_.size() > limit || data_out_.size() > limit || nodes().size() >= UINT32_MAX;
  }

  void find_nsec3_chain() {
    const auto params = content_.find(content_.origin(), RRType::nsec3param);
    if (!params) return;
    for (const Octets param : params->rdatas) {
      // algorithm 1 | flags 1 | iterations 2 | salt length 1 | salt (RFC 5155 §4.2)
      if (param.size() < 5 || param[0] != std::byte{1} || param[1] != std::byte{0}) continue;
      Nsec3Chain chain;
      chain.iterations = load_u16(param.data() + 2);
      chain.salt = param.subspan(5);
      collect(chain, param.subspan(2));
      const auto apex_hash = nsec3_hash(content_.origin(), chain.iterations, chain.salt);
      if (chain.owners.empty() || chain.owners[chain.at_or_before(apex_hash)].first != apex_hash) continue;
      chain.present = true;
      chain_ = std::move(chain);
      return;
    }
  }

  /// The NSEC3 owners whose parameters (iterations, salt length, salt) are these.
  void collect(Nsec3Chain& chain, Octets parameters) const {
    for (std::uint32_t i = 0; i < nodes().size(); ++i) {
      const BuiltNode& node = nodes()[i];
      if (!node.hashed_owner) continue;
      const auto hash = parse_nsec3_label(node.name.first_label());
      const auto rrset = content_.find(node.name, RRType::nsec3);
      if (!hash || !rrset) continue;
      for (const Octets rdata : rrset->rdatas) {
        if (rdata.size() < 2 + parameters.size() || rdata[0] != std::byte{1}) continue;
        if (std::equal(parameters.begin(), parameters.end(), rdata.begin() + 2)) {
          chain.owners.emplace_back(*hash, i);
          break;
        }
      }
    }
    std::sort(chain.owners.begin(), chain.owners.end());
  }

  /// RRset entries a node will have: one per type, its RRSIGs beside it.
  template <class Visit>
  void for_each_type(const BuiltNode& node, Visit visit) const {
    const std::size_t end = node.first_rrset + node.rrset_count;
    std::vector<std::pair<RRsetView, RRsetView>> types;  // data (perhaps none), signatures (perhaps none)
    for (std::size_t i = node.first_rrset; i < end; ++i) {
      const RRsetView rrset = content_.rrset(i);
      const RRType type = rrset.type == RRType::rrsig ? rrset.covered : rrset.type;
      auto at = std::find_if(types.begin(), types.end(), [type](const auto& t) { return t.first.type == type; });
      if (at == types.end()) {
        RRsetView data;
        data.type = type;
        at = types.insert(at, {data, RRsetView{}});
      }
      (rrset.type == RRType::rrsig ? at->second : at->first) = rrset;
    }
    std::sort(types.begin(), types.end(), [](const auto& a, const auto& b) { return a.first.type < b.first.type; });
    for (const auto& [data, signatures] : types) visit(data, signatures);
  }

  [[nodiscard]] std::size_t type_count(const BuiltNode& node) const {
    std::size_t count = 0;
    for_each_type(node, [&count](const RRsetView&, const RRsetView&) { ++count; });
    return count;
  }

  /// Every node's size is known before any is written, so references forward and backward can be put in at once.
  void place_nodes() {
    references_.reserve(nodes().size());
    std::size_t at = 8;
    for (const BuiltNode& node : nodes()) {
      references_.push_back(static_cast<std::uint32_t>(at / 8));
      at += sizeof(layout::Node) + (chain_.present ? sizeof(layout::Nsec3Links) : 0) +
            type_count(node) * sizeof(layout::RRsetEntry) + node.name.size();
      at = (at + 7) / 8 * 8;
    }
    nodes_out_.reserve(at);
  }

  void write_nodes() {
    for (const BuiltNode& node : nodes()) {
      layout::Node head{};
      head.flags = flags_of(node);
      head.name_octets = static_cast<std::uint8_t>(node.name.size());
      head.labels = node.labels;
      head.rrsets = static_cast<std::uint16_t>(type_count(node));
      head.cover = reference(node.cover);
      head.wildcard = reference(node.wildcard);
      append(nodes_out_, head);
      if (chain_.present) append(nodes_out_, links_of(node));
      for_each_type(node, [this](const RRsetView& data, const RRsetView& signatures) {
        append(nodes_out_, entry_of(data, signatures));
      });
      append(nodes_out_, node.name.wire());
      pad_to(nodes_out_, 8);
    }
  }

  [[nodiscard]] std::uint8_t flags_of(const BuiltNode& node) const {
    unsigned flags = 0;
    if (&node == &nodes()[table_.apex()]) flags |= layout::flag_apex;
    if (node.zone_cut) flags |= layout::flag_zone_cut;
    if (node.dname) flags |= layout::flag_dname;
    if (node.cover != BuiltNode::none) flags |= layout::flag_occluded;
    if (node.rrset_count == 0) flags |= layout::flag_empty;
    return static_cast<std::uint8_t>(flags);
  }

  [[nodiscard]] layout::Nsec3Links links_of(const BuiltNode& node) const {
    layout::Nsec3Links links{};
    if (node.cover != BuiltNode::none || node.hashed_owner) return links;
    const auto hash = nsec3_hash(node.name, chain_.iterations, chain_.salt);
    const auto& own = chain_.owners[chain_.at_or_before(hash)];
    if (own.first == hash) links.match = reference(own.second);
    if (const auto wildcard = Name::join(octets_of("\001*"), node.name)) {
      const auto below = nsec3_hash(*wildcard, chain_.iterations, chain_.salt);
      links.wildcard = reference(chain_.owners[chain_.at_or_before(below)].second);
    }
    return links;
  }

  static void append_records(Bytes& out, const RRsetView& rrset, Ttl ttl) {
    for (const Octets rdata : rrset.rdatas) {
      std::array<std::byte, 10> head;
      store_u16(head.data(), raw(rrset.type));
      store_u16(head.data() + 2, raw(RRClass::in));
      store_u32(head.data() + 4, ttl.raw());
      store_u16(head.data() + 8, static_cast<std::uint16_t>(rdata.size()));
      append(out, Octets(head));
      append(out, rdata);
    }
  }

  layout::RRsetEntry entry_of(const RRsetView& data, const RRsetView& signatures) {
    std::vector<std::uint32_t> targets;
    if (has_targets(data.type)) {
      for (const Octets rdata : data.rdatas) {
        for (const RdataName& named : trusted_rdata_names(data.type, rdata)) {
          const std::uint32_t target = table_.find(named.name);
          if (target == BuiltNode::none || !has_address(nodes()[target])) continue;
          const std::uint32_t found = reference(target);
          if (std::find(targets.begin(), targets.end(), found) == targets.end()) targets.push_back(found);
        }
      }
    }
    layout::RRsetEntry entry{};
    entry.type = raw(data.type);
    entry.records = static_cast<std::uint16_t>(data.rdatas.size());
    entry.signatures = static_cast<std::uint16_t>(signatures.rdatas.size());
    entry.targets = static_cast<std::uint16_t>(targets.size());
    entry.block = block_of(data, data.ttl, signatures, signatures.ttl, targets);
    return entry;
  }

  [[nodiscard]] bool has(const BuiltNode& node, RRType type) const {
    const std::size_t end = node.first_rrset + node.rrset_count;
    for (std::size_t i = node.first_rrset; i < end; ++i) {
      if (content_.rrset(i).type == type) return true;
    }
    return false;
  }
  [[nodiscard]] bool has_address(const BuiltNode& node) const {
    return has(node, RRType::a) || has(node, RRType::aaaa);
  }

  std::uint32_t block_of(const RRsetView& data, Ttl data_ttl, const RRsetView& signatures, Ttl signature_ttl,
                         const std::vector<std::uint32_t>& targets) {
    block_.assign(sizeof(layout::Block), std::byte{0});
    for (const std::uint32_t target : targets) append(block_, target);
    layout::Block head{};
    const std::size_t records_at = block_.size();
    append_records(block_, data, data_ttl);
    head.record_octets = static_cast<std::uint32_t>(block_.size() - records_at);
    const std::size_t signatures_at = block_.size();
    append_records(block_, signatures, signature_ttl);
    head.signature_octets = static_cast<std::uint32_t>(block_.size() - signatures_at);
    std::memcpy(block_.data(), &head, sizeof head);
    pad_to(block_, 8);

    const auto [first, last] = blocks_.equal_range(checksum(block_));
    for (auto at = first; at != last; ++at) {
      const std::size_t start = std::size_t{at->second} * 8;
      if (data_out_.size() - start >= block_.size() &&
          std::equal(block_.begin(), block_.end(), data_out_.begin() + static_cast<std::ptrdiff_t>(start))) {
        return at->second;
      }
    }
    const auto reference = static_cast<std::uint32_t>(data_out_.size() / 8);
    blocks_.emplace(checksum(block_), reference);
    append(data_out_, Octets(block_));
    return reference;
  }

  void write_buckets() {
    std::uint32_t names = 0;
    for (const BuiltNode& node : nodes()) names += node.hashed_owner ? 0 : 1;
    bucket_count_ = names / 7 + 1;  // 70 % full: few overflow
    std::vector<layout::Bucket> buckets(bucket_count_);
    for (std::uint32_t i = 0; i < nodes().size(); ++i) {
      const BuiltNode& node = nodes()[i];
      if (node.hashed_owner) continue;
      std::uint32_t at = layout::bucket_of(node.hash, bucket_count_);
      std::uint32_t probes = 1;
      std::size_t place = 0;
      while ((place = free_place(buckets[at])) == layout::Bucket::places) {
        buckets[at].overflowed = 1;
        at = at + 1 == bucket_count_ ? 0 : at + 1;
        ++probes;
      }
      buckets[at].tags[place] = layout::tag_of(node.hash);
      buckets[at].nodes[place] = references_[i];
      most_probes_ = std::max(most_probes_, probes);
      deepest_ = std::max(deepest_, node.labels);
    }
    append(buckets_out_, Octets(reinterpret_cast<const std::byte*>(buckets.data()),
                                buckets.size() * sizeof(layout::Bucket)));
  }

  static std::size_t free_place(const layout::Bucket& bucket) {
    return static_cast<std::size_t>(std::find(bucket.tags.begin(), bucket.tags.end(), 0) - bucket.tags.begin());
  }

  void write_denial() {
    const std::size_t origin_labels = content_.origin().label_count();
    const bool nsec = content_.find(content_.origin(), RRType::nsec).has_value();
    for (std::uint32_t i = 0; i < nodes().size(); ++i) {
      const BuiltNode& node = nodes()[i];
      append(order_out_, references_[i]);
      if (nsec && node.cover == BuiltNode::none && has(node, RRType::nsec)) {
        append(nsec_keys_out_, nsec_key(node.name, origin_labels));
        append(nsec_owners_out_, references_[i]);
      }
    }
    for (const auto& [hash, node] : chain_.owners) {
      append(nsec3_hashes_out_, Octets(hash));
      append(nsec3_owners_out_, references_[node]);
    }
    if (chain_.present) features_ |= layout::feature_nsec3;
    else if (nsec) features_ |= layout::feature_nsec;
  }

  void write_negative_soa(layout::Header& header) {
    const auto soa = content_.find(content_.origin(), RRType::soa);
    const auto signatures = content_.find(content_.origin(), RRType::rrsig, RRType::soa).value_or(RRsetView{});
    const auto fields = parse_soa(soa->rdatas.front()).value_or(SoaFields{});
    const Ttl minimum(fields.minimum);
    header.serial = fields.serial;
    header.negative_soa = block_of(*soa, std::min(soa->ttl, minimum), signatures,
                                   std::min(signatures.ttl, minimum), {});
    header.negative_soa_signatures = static_cast<std::uint16_t>(signatures.rdatas.size());
  }

  Result<Bytes> assemble() {
    layout::Header header{};
    header.magic = layout::magic;
    header.byte_order = layout::byte_order;
    header.version = layout::version;
    header.features = features_;
    header.seq = version_.seq;
    header.epoch = version_.epoch;
    header.content_digest = version_.content_digest;
    header.records = content_.record_count();
    header.node_count = static_cast<std::uint32_t>(nodes().size());
    header.bucket_count = bucket_count_;
    header.apex = reference(table_.apex());
    header.deepest_labels = deepest_;
    header.most_probes = most_probes_;
    write_negative_soa(header);
    header.nsec3_iterations = chain_.iterations;
    header.nsec3_salt_octets = static_cast<std::uint8_t>(chain_.salt.size());
    std::copy(chain_.salt.begin(), chain_.salt.end(), header.nsec3_salt.begin());
    const Octets origin = content_.origin().wire();
    header.origin_octets = static_cast<std::uint8_t>(origin.size());
    std::copy(origin.begin(), origin.end(), header.origin.begin());

    const std::array<Bytes*, layout::pages> parts{&buckets_out_,    &nodes_out_,        &data_out_,
                                                  &order_out_,      &nsec_keys_out_,    &nsec_owners_out_,
                                                  &nsec3_hashes_out_, &nsec3_owners_out_};
    Bytes file(layout::header_octets);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      pad_to(file, 64);
      header.sections[i] = {file.size(), parts[i]->size()};
      append(file, Octets(*parts[i]));
      Bytes().swap(*parts[i]);
    }
    pad_to(file, 64);
    const std::vector<std::uint64_t> pages = page_checksums(Octets(file).subspan(layout::header_octets));
    const Octets page_octets(reinterpret_cast<const std::byte*>(pages.data()), pages.size() * sizeof(std::uint64_t));
    header.sections[layout::pages] = {file.size(), page_octets.size()};
    header.pages_checksum = checksum(page_octets);
    append(file, page_octets);
    header.file_octets = file.size();
    header.checksum = checksum({reinterpret_cast<const std::byte*>(&header), offsetof(layout::Header, checksum)});
    std::memcpy(file.data(), &header, sizeof header);
    return file;
  }

  const Content& content_;
  const ImageVersion& version_;
  NodeTable table_;
  Nsec3Chain chain_;
  std::vector<std::uint32_t> references_;  // by node
  std::unordered_multimap<std::uint64_t, std::uint32_t> blocks_;
  Bytes block_, buckets_out_, nodes_out_, data_out_, order_out_, nsec_keys_out_, nsec_owners_out_, nsec3_hashes_out_,
      nsec3_owners_out_;
  std::uint64_t features_ = 0;
  std::uint32_t bucket_count_ = 0;
  std::uint32_t most_probes_ = 1;
  std::uint8_t deepest_ = 0;
};

}  // namespace

Result<std::vector<std::byte>> build_image(const Content& content, const ImageVersion& version) {
  return ImageWriter(content, version).build();
}

}  // namespace doors
