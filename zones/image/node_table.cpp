#include "zones/image/node_table.h"

#include <algorithm>
#include <bit>

namespace doors {

namespace {

/// True if the owner has an NSEC3 RRset and nothing else that is authoritative data of a name.
bool is_hashed_owner(const Content& content, std::size_t first, std::size_t end) {
  bool nsec3 = false;
  for (std::size_t i = first; i < end; ++i) {
    const RRsetView rrset = content.rrset(i);
    if (rrset.type == RRType::nsec3) {
      nsec3 = true;
    } else if (rrset.type != RRType::rrsig) {
      return false;
    }
  }
  return nsec3;
}

/// Labels that two names share, from the root.
std::size_t common_labels(NameView a, NameView b) {
  std::size_t labels = std::min(a.label_count(), b.label_count());
  a = a.suffix(labels);
  b = b.suffix(labels);
  while (!(a == b)) {
    a = a.parent();
    b = b.parent();
    --labels;
  }
  return labels;
}

}  // namespace

NodeTable::NodeTable(const Content& content) {
  const std::size_t origin_labels = content.origin().label_count();
  NameView before;  // the last name that exists (a hashed owner makes no empty non-terminals)
  std::size_t i = 0;
  while (i < content.rrset_count()) {
    const NameView owner = content.rrset(i).owner;
    std::size_t end = i + 1;
    while (end < content.rrset_count() && content.rrset(end).owner == owner) ++end;
    BuiltNode node;
    node.name = owner;
    node.labels = static_cast<std::uint8_t>(owner.label_count());
    node.first_rrset = static_cast<std::uint32_t>(i);
    node.rrset_count = static_cast<std::uint32_t>(end - i);
    node.hashed_owner = is_hashed_owner(content, i, end);
    if (!node.hashed_owner) {
      // Whatever lies between this name and what it shares with the one before it has no data of its own.
      const std::size_t shared = nodes_.empty() ? origin_labels : common_labels(before, owner);
      for (std::size_t labels = shared + 1; labels < node.labels; ++labels) {
        BuiltNode empty;
        empty.name = owner.suffix(labels);
        empty.labels = static_cast<std::uint8_t>(labels);
        nodes_.push_back(empty);
      }
      before = owner;
    }
    for (std::size_t at = i; at < end && node.labels > origin_labels; ++at) {
      const RRType type = content.rrset(at).type;
      if (type == RRType::ns) node.zone_cut = true;
      if (type == RRType::dname) node.dname = true;
    }
    if (node.labels == origin_labels) node.dname = content.find(owner, RRType::dname).has_value();
    nodes_.push_back(node);
    i = end;
  }
  settle();
}

void NodeTable::settle() {
  table_.assign(std::bit_ceil(nodes_.size() * 2 + 2), 0);
  std::vector<std::uint32_t> chain;  // the ancestors of the node at hand, from the apex
  for (std::uint32_t at = 0; at < nodes_.size(); ++at) {
    BuiltNode& node = nodes_[at];
    node.hash = name_hash(node.name);
    while (!chain.empty() && !node.name.is_at_or_below(nodes_[chain.back()].name)) chain.pop_back();
    if (!chain.empty()) {
      const BuiltNode& above = nodes_[chain.back()];
      if (above.cover != BuiltNode::none) {
        node.cover = above.cover;
      } else if (above.zone_cut || above.dname) {
        node.cover = chain.back();
      }
    }
    if (node.hashed_owner) continue;
    if (!chain.empty() && node.name.is_wildcard() && nodes_[chain.back()].labels + 1 == node.labels &&
        node.cover == BuiltNode::none) {
      nodes_[chain.back()].wildcard = at;
    }
    chain.push_back(at);
    std::size_t place = node.hash & (table_.size() - 1);
    while (table_[place] != 0) place = (place + 1) & (table_.size() - 1);
    table_[place] = at + 1;
  }
}

std::uint32_t NodeTable::find(NameView name) const {
  const std::uint64_t hash = name_hash(name);
  for (std::size_t place = hash & (table_.size() - 1); table_[place] != 0; place = (place + 1) & (table_.size() - 1)) {
    const BuiltNode& node = nodes_[table_[place] - 1];
    if (node.hash == hash && node.name == name) return table_[place] - 1;
  }
  return BuiltNode::none;
}

}  // namespace doors
