#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sync/trust/keys.h"
#include "sync/trust/signature.h"
#include "sync/trust/version.h"
#include "zones/base/error.h"
#include "zones/base/file.h"
#include "zones/base/octets.h"

namespace doors {

/// One push on its way from the publisher: all its records, their one signature, and their content.
///
///     "DOORBND1" | publisher 8 | count u32 | signature 64 | records' octets u64 | contents' octets u64 |
///     { record length u32 | record }*count | { the frames of one record, in order }*count
///
/// Nothing before, between or behind; no zone twice. The records come in any order and that is the leaves'
/// order.
class Bundle {
 public:
  static constexpr std::uint32_t max_versions = 1'000'000;
  static constexpr std::uint64_t max_octets = 4ull << 30;

  struct Item {
    Version version;
    Octets record;  ///< borrowed
    Octets frames;  ///< borrowed: the compressed content, all frames
  };

  /// Reads octets of any origin, which must outlive the bundle, strictly. Checks form alone: neither
  /// signature nor frame hashes (Verifier, check_frames).
  [[nodiscard]] static Result<Bundle> parse(Octets octets);

  [[nodiscard]] const PushSignature& push() const noexcept { return push_; }
  [[nodiscard]] const std::vector<Item>& items() const noexcept { return items_; }

 private:
  Bundle() = default;
  PushSignature push_;
  std::vector<Item> items_;
};

/// One version to push. `version.publisher` is filled in by the signing; `frames` is borrowed: the compressed
/// content whose frames `version.frames` lists, empty for a tombstone.
struct PushItem {
  Version version;
  Octets frames;
};

/// Signs one push of 1..Bundle::max_versions versions and gives the bundle's octets. Errors: none or too many
/// versions, a zone twice, frames that do not add up, Version::encode()'s.
[[nodiscard]] Result<std::vector<std::byte>> sign_push(std::span<const PushItem> items,
                                                       const PrivateKey& key);
/// The same written straight into a sealed memory file, ready to ride beside `publish`: no second copy in
/// memory.
[[nodiscard]] Result<UniqueFd> sign_push_file(std::span<const PushItem> items, const PrivateKey& key);

/// Each frame's octets against the SHA-256 that the record gives. Error: which frame is wrong, or a total
/// length that is not the record's.
[[nodiscard]] Result<void> check_frames(const Version& version, Octets frames);

}  // namespace doors
