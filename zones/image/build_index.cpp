#include "zones/image/build_index.h"

#include <algorithm>
#include <cstring>

#include "zones/dns/hashed_name.h"

namespace doors {

namespace {

using layout::Bucket;

/// How full the buckets are, on average. At 8.5 of 10 slots one bucket in six has passed something on; its
/// spill bits keep all but one look-up in two hundred from following.
constexpr std::size_t slots_used_of_100 = 85 * Bucket::slots;

}  // namespace

void put_into_buckets(std::span<Bucket> buckets, std::uint64_t hash, std::uint32_t value) noexcept {
  std::size_t place = layout::bucket_of(hash, buckets.size());
  while (true) {
    Bucket& bucket = buckets[place];
    const auto free = std::ranges::find(bucket.nodes, 0u);
    if (free != bucket.nodes.end()) {
      *free = value;
      bucket.tags[static_cast<std::size_t>(free - bucket.nodes.begin())] = layout::tag_of(hash);
      return;
    }
    bucket.spilled |= layout::spill_bit(hash);
    place = place + 1 == buckets.size() ? 0 : place + 1;
  }
}

BuildIndex::BuildIndex(const std::vector<BuildNode>& nodes) : nodes_(nodes) {
  const auto names = static_cast<std::size_t>(
      std::count_if(nodes.begin(), nodes.end(), [](const BuildNode& node) { return !node.hashed; }));
  buckets_.resize(names * 100 / slots_used_of_100 + 1);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].hashed) continue;
    put_into_buckets(buckets_, nodes[i].hash, static_cast<std::uint32_t>(i + 1));
  }
}

std::uint32_t BuildIndex::find(NameView lower_name) const noexcept {
  const std::uint64_t hash = name_hash(lower_name);
  std::size_t place = layout::bucket_of(hash, buckets_.size());
  for (std::size_t step = 0; step < buckets_.size(); ++step) {
    const Bucket& bucket = buckets_[place];
    for (std::size_t slot = 0; slot < Bucket::slots; ++slot) {
      if (bucket.nodes[slot] == 0 || bucket.tags[slot] != layout::tag_of(hash)) continue;
      const std::uint32_t node = bucket.nodes[slot] - 1;
      if (nodes_[node].hash == hash && nodes_[node].name() == lower_name) return node;
    }
    if ((bucket.spilled & layout::spill_bit(hash)) == 0) break;
    place = place + 1 == buckets_.size() ? 0 : place + 1;
  }
  return no_node;
}

void BuildIndex::resolve() noexcept {
  for (Bucket& bucket : buckets_) {
    for (std::uint32_t& node : bucket.nodes) {
      if (node != 0) node = nodes_[node - 1].reference;
    }
  }
}

}  // namespace doors
