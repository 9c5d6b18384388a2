#include "zones/image/build_nodes.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "zones/dns/hashed_name.h"

namespace doors {

namespace {

bool same_name(NameView a, NameView b) noexcept {  // both lower case
  return a.size() == b.size() && std::memcmp(a.wire().data(), b.wire().data(), a.size()) == 0;
}

/// Walks the owners in canonical order, that is the tree in depth-first order, and keeps the path from the
/// apex to where it stands.
class Walk {
 public:
  Walk(std::vector<BuildNode>& nodes, std::size_t origin_labels)
      : nodes_(nodes), origin_labels_(origin_labels) {}

  /// Adds the node of `owner`, which has at least the origin's labels, and the empty non-terminals above it.
  BuildNode& descend(NameView owner) {
    std::array<std::uint8_t, max_labels> starts;
    std::size_t labels = 0;
    const Octets wire = owner.wire();
    for (std::size_t at = 0; wire[at] != std::byte{0}; at += std::to_integer<std::size_t>(wire[at]) + 1) {
      starts[labels++] = static_cast<std::uint8_t>(at);
    }
    const auto suffix = [&](std::size_t count) {  // of that many labels, at least one
      return NameView::trusted(wire.subspan(starts[labels - count]));
    };
    if (nodes_.empty()) {
      BuildNode& apex = nodes_.emplace_back();
      apex.hash = name_hash(owner);
      place(apex, owner, labels);
      path_[labels] = 0;
      depth_ = labels;
      return apex;
    }
    std::size_t common = origin_labels_;
    while (common < depth_ && common < labels &&
           same_label(suffix(common + 1), nodes_[path_[common + 1]].name())) {
      ++common;
    }
    for (depth_ = common; depth_ < labels; ++depth_) add_below(path_[depth_], suffix(depth_ + 1));
    return nodes_.back();
  }

 private:
  static bool same_label(NameView a, NameView b) noexcept {
    const Octets left = a.first_label();
    const Octets right = b.first_label();
    return left.size() == right.size() && std::memcmp(left.data(), right.data(), left.size()) == 0;
  }
  static void place(BuildNode& node, NameView name, std::size_t labels) noexcept {
    node.wire = name.wire().data();
    node.octets = static_cast<std::uint8_t>(name.size());
    node.labels = static_cast<std::uint8_t>(labels);
  }
  /// The topmost zone cut or DNAME owner from `parent` upwards.
  [[nodiscard]] std::uint32_t cover_below(std::uint32_t parent) const noexcept {
    if (nodes_[parent].occluded()) return nodes_[parent].cover;
    return nodes_[parent].zone_cut || nodes_[parent].dname ? parent : no_node;
  }
  void add_below(std::uint32_t parent, NameView name) {
    if (nodes_[parent].hashed) {  // it has names below it: an ordinary name after all
      nodes_[parent].hashed = false;
      nodes_[parent].cover = cover_below(0);
    }
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    BuildNode& node = nodes_.emplace_back();
    place(node, name, depth_ + 1);
    node.hash = child_name_hash(nodes_[parent].hash, name.first_label());
    node.cover = cover_below(parent);
    if (name.is_wildcard() && !node.occluded()) nodes_[parent].wildcard = index;
    path_[depth_ + 1] = index;
  }

  std::vector<BuildNode>& nodes_;
  std::size_t origin_labels_;
  std::size_t depth_ = 0;  // labels of the node last added
  std::array<std::uint32_t, max_labels + 1> path_{};
};

/// What the types at a node say of it.
void note_types(BuildNode& node, const Content& content, bool apex) {
  bool only_nsec3 = true;
  for (std::uint32_t i = 0; i < node.rrsets; ++i) {
    const RRsetView rrset = content.rrset(node.first_rrset + i);
    node.zone_cut = node.zone_cut || (rrset.type == RRType::ns && !apex);
    node.dname = node.dname || rrset.type == RRType::dname;
    node.nsec = node.nsec || rrset.type == RRType::nsec;
    node.nsec3 = node.nsec3 || rrset.type == RRType::nsec3;
    only_nsec3 = only_nsec3 && (rrset.type == RRType::nsec3 || rrset.covered == RRType::nsec3);
  }
  node.hashed = node.nsec3 && only_nsec3;
}

void note_depths(BuildNodes& built) {
  std::array<std::uint32_t, max_labels + 1> names{};
  built.deepest_labels = built.origin_labels;
  for (std::size_t i = 1; i < built.nodes.size(); ++i) {
    const BuildNode& node = built.nodes[i];
    if (node.occluded() || node.hashed) continue;
    ++names[node.labels];
    built.deepest_labels = std::max(built.deepest_labels, node.labels);
  }
  const auto most = std::max_element(names.begin(), names.end());
  built.first_labels = *most == 0 ? built.origin_labels : static_cast<std::uint8_t>(most - names.begin());
}

}  // namespace

BuildNodes build_nodes(const Content& content) {
  BuildNodes built;
  built.origin_labels = static_cast<std::uint8_t>(content.origin().label_count());
  const std::size_t hashed_labels = std::size_t{built.origin_labels} + 1;
  Walk walk(built.nodes, built.origin_labels);
  const std::size_t rrsets = content.rrset_count();
  for (std::size_t i = 0; i < rrsets;) {
    const NameView owner = content.rrset(i).owner;
    std::size_t end = i + 1;
    while (end < rrsets && same_name(content.rrset(end).owner, owner)) ++end;
    BuildNode& node = walk.descend(owner);
    node.first_rrset = static_cast<std::uint32_t>(i);
    node.rrsets = static_cast<std::uint32_t>(end - i);
    note_types(node, content, built.nodes.size() == 1);
    node.hashed = node.hashed && node.labels == hashed_labels;
    if (node.hashed) node.cover = no_node;  // a DNAME at the apex hides no NSEC3
    i = end;
  }
  note_depths(built);
  return built;
}

}  // namespace doors
