#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sync/trust/chain.h"
#include "sync/trust/keys.h"
#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/base/sha256.h"
#include "zones/dns/name.h"

namespace doors {

/// A zone's newest version, as a publisher vouches for it; tombstones too.
struct CheckpointHead {
  Name zone;
  ChainHead head;
  friend bool operator==(const CheckpointHead&, const CheckpointHead&) = default;
};

/// Zones are dealt out by the first octet of the SHA-256 of their names in wire form and lower case, here and
/// in a store's keys.
inline constexpr std::size_t checkpoint_buckets = 256;
[[nodiscard]] std::uint8_t checkpoint_bucket(NameView zone);

/// What a publisher signs from time to time: which version is the newest of each of its zones. A PoP that
/// knows less learns what its store withholds, and a version whose own key has been retired is as good as new
/// while a checkpoint of a valid key names it. The heads of each bucket are a list of their own; so what has
/// not changed is not written again, and one zone is looked up in 1/256 of them.
///
///     "DOORCKP1" | publisher 8 | time u64 | zones u64 | SHA-256 of each list, or zeros: 32 * 256 |
///     Ed25519 over all before: 64
struct Checkpoint {
  static constexpr std::size_t octets = 8 + 8 + 8 + 8 + 32 * checkpoint_buckets + 64;

  KeyId publisher{};
  std::uint64_t time = 0;   ///< seconds since 1970; a checkpoint with an earlier one is a replay
  std::uint64_t zones = 0;  ///< in all lists
  std::array<Sha256, checkpoint_buckets> lists{};
  Signature signature{};

  [[nodiscard]] std::vector<std::byte> encode() const;
  /// Reads octets of any origin, strictly; proves nothing.
  [[nodiscard]] static Result<Checkpoint> decode(Octets octets);
  /// True only for the signature of the publisher's own key.
  [[nodiscard]] bool is_signed_by(const PublicKey& key) const;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// One list: "DOORHDS1" | count u32 | { zone, wire and lower case | epoch u32 | seq u64 | hash 32 }*, by
/// ascending octets of the names, none twice. `heads` in any order.
[[nodiscard]] std::vector<std::byte> encode_heads(std::vector<CheckpointHead> heads);
/// Reads octets of any origin, strictly. All zones are of that bucket.
[[nodiscard]] Result<std::vector<CheckpointHead>> decode_heads(Octets list, std::uint8_t bucket);
/// In a decoded list; null if the zone is not in it.
[[nodiscard]] const ChainHead* find_head(const std::vector<CheckpointHead>& list, NameView zone);

/// A checkpoint with its lists, as it travels from the publisher:
///
///     checkpoint | { length u32 | list } * 256          length 0: no zones
struct SignedHeads {
  Checkpoint checkpoint;
  std::array<std::vector<std::byte>, checkpoint_buckets> lists;

  [[nodiscard]] std::vector<std::byte> encode() const;
  /// Strictly; every list is of its hash and can be read.
  [[nodiscard]] static Result<SignedHeads> decode(Octets octets);
};
[[nodiscard]] SignedHeads sign_heads(std::vector<CheckpointHead> heads, std::uint64_t time,
                                     const PrivateKey& key);

}  // namespace doors
