#pragma once

#include <cstdint>
#include <vector>

#include "sync/trust/keys.h"
#include "sync/trust/merkle.h"
#include "sync/trust/version.h"
#include "zones/base/error.h"
#include "zones/base/octets.h"

namespace doors {

/// The one signature of a push, over the root of the Merkle tree of its records:
///
///     "DOORPSH1" | publisher 8 | count u32 | root 32
struct PushSignature {
  KeyId publisher{};
  std::uint32_t count = 0;  ///< records of the push, 1..
  Signature signature{};
  friend bool operator==(const PushSignature&, const PushSignature&) noexcept = default;
};

[[nodiscard]] PushSignature sign_root(const MerkleHash& root, std::uint32_t count, const PrivateKey& key);
/// True only if `push` names this key and the signature is its own over that root and count.
[[nodiscard]] bool verify_root(const MerkleHash& root, const PushSignature& push, const PublicKey& key);

/// One version with all that proves it: what a store keeps, and what stands alone without the rest of its
/// push.
///
///     "DOORSGV1" | publisher 8 | count u32 | signature 64 | index u32 | path length u8 | hash 32 * | record
///     length u32 | record
struct SignedVersion {
  PushSignature push;
  std::uint32_t index = 0;        ///< of this record in the push
  std::vector<MerkleHash> path;   ///< from it to the signed root
  std::vector<std::byte> record;  ///< Version::encode()

  /// What the next version names as its previous.
  [[nodiscard]] VersionHash hash() const { return merkle_leaf(record); }
  [[nodiscard]] std::vector<std::byte> encode() const;
  /// Reads octets of any origin strictly; proves nothing (see Verifier).
  [[nodiscard]] static Result<SignedVersion> decode(Octets octets);
  friend bool operator==(const SignedVersion&, const SignedVersion&) = default;
};

}  // namespace doors
