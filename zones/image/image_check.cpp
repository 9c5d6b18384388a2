#include "zones/image/image_check.h"

#include <cstring>

#include "zones/dns/rdata.h"
#include "zones/image/checksum.h"

namespace doors {

namespace {

std::span<const std::uint32_t> references(Octets section) noexcept {
  return {reinterpret_cast<const std::uint32_t*>(section.data()), section.size() / sizeof(std::uint32_t)};
}

/// True if `octets` is exactly `count` records of `type` with sound RDATA.
bool are_records(Octets octets, std::size_t count, RRType type) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    if (octets.size() < 10 || load_u16(octets.data()) != raw(type)) return false;
    const std::size_t length = load_u16(octets.data() + 8);
    if (octets.size() - 10 < length) return false;
    const Octets rdata = octets.subspan(10, length);
    if (!rdata_names(type, rdata)) return false;
    if (type == RRType::soa && !parse_soa(rdata)) return false;
    octets = octets.subspan(10 + length);
  }
  return octets.empty();
}

}  // namespace

Result<void> ImageCheck::frame() {
  const auto bad = [](const char* why) { return failure(std::string("image: ") + why); };
  if (file_.size() < layout::header_octets) return bad("cut off");
  layout::Header header;
  std::memcpy(&header, file_.data(), sizeof header);
  if (header.magic != layout::magic) return bad("not an image");
  if (header.byte_order != layout::byte_order) return bad("other byte order");
  if (header.version != layout::version) return bad("other layout version");
  if (header.checksum != checksum(file_.first(offsetof(layout::Header, checksum)))) return bad("header checksum");
  if ((header.features & ~layout::known_features) != 0) return bad("unknown feature");
  if (header.file_octets != file_.size()) return bad("cut off");
  std::uint64_t end = layout::header_octets;
  for (const layout::Section& section : header.sections) {
    if (section.offset % 64 != 0 || section.offset < end || section.offset > file_.size() ||
        section.octets > file_.size() - section.offset) {
      return bad("section table");
    }
    end = section.offset + section.octets;
  }
  if (end != file_.size()) return bad("section table");
  const layout::Section& pages = header.sections[layout::pages];
  const Octets sums = file_.subspan(pages.offset, pages.octets);
  if (checksum(sums) != header.pages_checksum) return bad("checksum of the page table");
  const Octets body = file_.subspan(layout::header_octets, pages.offset - layout::header_octets);
  const std::vector<std::uint64_t> found = page_checksums(body);
  if (sums.size() != found.size() * sizeof(std::uint64_t)) return bad("page table size");
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::memcmp(sums.data() + i * sizeof(std::uint64_t), &found[i], sizeof(std::uint64_t)) != 0) {
      return failure("image: checksum of page " + std::to_string(i));
    }
  }
  const auto octets_of_section = [&header](layout::SectionId id) { return header.sections[id].octets; };
  if (header.bucket_count == 0 || octets_of_section(layout::buckets) != header.bucket_count * sizeof(layout::Bucket) ||
      header.most_probes == 0 || header.most_probes > header.bucket_count || header.deepest_labels > max_labels ||
      octets_of_section(layout::nodes) < 8 || octets_of_section(layout::nodes) % 8 != 0 ||
      octets_of_section(layout::data) < 8 || octets_of_section(layout::data) % 8 != 0 ||
      octets_of_section(layout::order) != std::uint64_t{header.node_count} * 4 ||
      octets_of_section(layout::nsec_owners) % 4 != 0 ||
      octets_of_section(layout::nsec_keys) != octets_of_section(layout::nsec_owners) * 2 ||
      octets_of_section(layout::nsec3_owners) % 4 != 0 ||
      octets_of_section(layout::nsec3_hashes) != octets_of_section(layout::nsec3_owners) * 5) {
    return bad("section sizes");
  }
  const bool nsec = (header.features & layout::feature_nsec) != 0;
  const bool nsec3 = (header.features & layout::feature_nsec3) != 0;
  if ((nsec && nsec3) || (nsec && octets_of_section(layout::nsec_owners) == 0) ||
      (nsec3 && octets_of_section(layout::nsec3_owners) == 0)) {
    return bad("denial without its records");
  }
  if (!NameView::checked(Octets(header.origin).first(header.origin_octets))) return bad("origin");
  return {};
}

Result<void> ImageCheck::structure(const ZoneImage& image) {
  if (auto walked = walk_nodes(image); !walked) return walked;
  if (const char* problem = references_problem(image)) return failure(std::string("image: ") + problem);
  return {};
}

Result<void> ImageCheck::walk_nodes(const ZoneImage& image) {
  const Octets section = image.section(layout::nodes);
  starts_.assign(section.size() / 8, false);
  std::size_t at = 8;
  std::size_t count = 0;
  while (at < section.size()) {
    std::size_t end = 0;
    if (const char* problem = node_problem(image, at, end)) {
      return failure("image: node at " + std::to_string(at) + ": " + problem);
    }
    starts_[at / 8] = true;
    at = end;
    ++count;
  }
  if (count != image.header_->node_count) return failure("image: number of nodes");
  return {};
}

const char* ImageCheck::node_problem(const ZoneImage& image, std::size_t at, std::size_t& end) const {
  const Octets section = image.section(layout::nodes);
  const std::size_t room = section.size() - at;
  if (room < sizeof(layout::Node)) return "cut off";
  layout::Node node;
  std::memcpy(&node, section.data() + at, sizeof node);
  const std::size_t fixed = sizeof(layout::Node) + (image.nsec3_links_ ? sizeof(layout::Nsec3Links) : 0) +
                            node.rrsets * sizeof(layout::RRsetEntry);
  const std::size_t whole = fixed + node.name_octets;
  if (room < whole) return "cut off";
  const auto name = NameView::checked(section.subspan(at + fixed, node.name_octets));
  if (!name || name->label_count() != node.labels || !name->is_at_or_below(image.origin())) return "bad name";
  const NodeView view(image, reinterpret_cast<const layout::Node*>(section.data() + at));
  std::uint32_t before = 0;
  for (std::size_t i = 0; i < node.rrsets; ++i) {
    const layout::RRsetEntry& entry = view.entries()[i];
    if (i > 0 && entry.type <= before) return "types out of order";
    before = entry.type;
    if (const char* problem = entry_problem(image, entry)) return problem;
  }
  end = at + (whole + 7) / 8 * 8;
  return end > section.size() ? "cut off" : nullptr;
}

const char* ImageCheck::entry_problem(const ZoneImage& image, const layout::RRsetEntry& entry) const {
  const Octets section = image.section(layout::data);
  const std::size_t at = std::size_t{entry.block} * 8;
  if (entry.block == 0 || at >= section.size() || section.size() - at < sizeof(layout::Block)) return "bad block";
  layout::Block block;
  std::memcpy(&block, section.data() + at, sizeof block);
  const std::uint64_t whole = sizeof block + std::uint64_t{entry.targets} * 4 + block.record_octets +
                              block.signature_octets;
  if (section.size() - at < whole) return "block cut off";
  const ImageRRset rrset = image.rrset_of(entry);
  if (!are_records(rrset.records, rrset.count, rrset.type)) return "bad records";
  if (!are_records(rrset.signatures, rrset.signature_count, RRType::rrsig)) return "bad signatures";
  return nullptr;
}

const char* ImageCheck::references_problem(const ZoneImage& image) const {
  const layout::Header& header = *image.header_;
  for (std::uint32_t i = 0; i < header.bucket_count; ++i) {
    const layout::Bucket& bucket = image.buckets_[i];
    for (std::size_t place = 0; place < layout::Bucket::places; ++place) {
      if (bucket.tags[place] != 0 && !is_node(bucket.nodes[place])) return "bad reference in the hash table";
    }
  }
  for (const auto id : {layout::order, layout::nsec_owners, layout::nsec3_owners}) {
    for (const std::uint32_t reference : references(image.section(id))) {
      if (!is_node(reference)) return "bad reference in an order";
    }
  }
  for (std::size_t i = 0; i < image.node_count(); ++i) {
    if (const char* problem = node_references_problem(image, image.node_in_order(i))) return problem;
  }
  if (!is_node(header.apex)) return "bad apex";
  const NodeView apex = image.apex();
  if (!apex.is_apex() || !(apex.name() == image.origin()) || !apex.has(RRType::soa)) return "bad apex";
  layout::RRsetEntry soa{raw(RRType::soa), 1, header.negative_soa_signatures, 0, header.negative_soa};
  return entry_problem(image, soa);
}

const char* ImageCheck::node_references_problem(const ZoneImage& image, NodeView node) const {
  if (!is_node_or_none(node.at_->cover) || !is_node_or_none(node.at_->wildcard)) return "bad reference in a node";
  if (node.is_occluded()) {
    if (node.at_->cover == 0) return "occluded by nothing";
    const NodeView cover = node.cover();
    if (cover.is_occluded() || (!cover.is_zone_cut() && !cover.has_dname())) return "occluded by no cut";
  }
  if (node.is_zone_cut() && !node.has(RRType::ns)) return "cut without NS";
  if (node.has_dname() && !node.has(RRType::dname)) return "DNAME flag without DNAME";
  if (image.nsec3_links_) {
    const auto* links = reinterpret_cast<const layout::Nsec3Links*>(node.at_ + 1);
    if (!is_node_or_none(links->match) || !is_node_or_none(links->wildcard)) return "bad NSEC3 reference in a node";
  }
  for (std::size_t i = 0; i < node.rrset_count(); ++i) {
    for (const std::uint32_t target : node.rrset_at(i).targets) {
      if (!is_node(target)) return "bad target";
    }
  }
  return nullptr;
}

}  // namespace doors
