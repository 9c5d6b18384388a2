#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sync/trust/bundle.h"
#include "sync/trust/policy.h"
#include "sync/trust/version.h"
#include "zones/base/sha256.h"

namespace doors {

/// Octets of some text, owned.
inline std::vector<std::byte> octets_from(std::string_view text) {
  const Octets octets = octets_of(text);
  return {octets.begin(), octets.end()};
}

/// A version of `zone` whose one frame is `frames` (any octets: nothing here unpacks them).
inline Version version_of(std::string_view zone, std::uint64_t seq, Octets frames) {
  Version version;
  version.zone = *Name::parse(zone);
  version.number = {1, seq};
  version.serial = Serial(static_cast<std::uint32_t>(seq));
  version.created = 1'700'000'000;
  version.records = 3;
  version.comment = "a change";
  version.frames = {Frame{static_cast<std::uint32_t>(frames.size()), 1000, sha256(frames)}};
  return version;
}

inline Policy policy_of(const PrivateKey& key, std::string_view pattern = "*") {
  return Policy({Publisher{key.public_key(), {*ZonePattern::parse(pattern)}}});
}

/// What a store would keep of the push in `bundle`.
inline SignedVersion signed_version_of(const Bundle& bundle, std::uint32_t index) {
  std::vector<MerkleHash> leaves;
  for (const Bundle::Item& item : bundle.items()) leaves.push_back(merkle_leaf(item.record));
  const MerkleTree tree(std::move(leaves));
  const Octets record = bundle.items()[index].record;
  return {bundle.push(), index, tree.path(index), {record.begin(), record.end()}};
}

}  // namespace doors
