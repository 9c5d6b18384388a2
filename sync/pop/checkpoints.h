#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sync/pop/archive.h"
#include "sync/pop/journal.h"
#include "sync/trust/checkpoint.h"
#include "sync/trust/policy.h"
#include "zones/base/clock.h"
#include "zones/base/error.h"

namespace doors {

/// Every publisher's newest checkpoint, in a Store:
///
///     check/ | publisher 8             the checkpoint
///     check/ | publisher 8 | bucket    that bucket's list of heads
///
/// Lists are put before the checkpoint that names them. Any thread; those that write one at a time.
class Checkpoints {
 public:
  static constexpr std::string_view prefix = "check/";

  /// Borrows it.
  explicit Checkpoints(Store& store) noexcept : store_(store) {}

  /// True for the key of a checkpoint, not of a list.
  [[nodiscard]] static bool is_checkpoint_key(std::string_view key) noexcept {
    return key.size() == prefix.size() + sizeof(KeyId);
  }
  /// Those that can be read and lie under their publisher's key; nothing is proved.
  [[nodiscard]] Result<std::vector<Checkpoint>> all() const;
  /// The list of one bucket, whose hash is the one that `checkpoint` names. Error: it is missing, or another.
  [[nodiscard]] Result<std::vector<CheckpointHead>> heads(const Checkpoint& checkpoint,
                                                          std::uint8_t bucket) const;
  /// Puts what has changed. Error: the store does not take it.
  [[nodiscard]] Result<void> put(const SignedHeads& fresh);

 private:
  Store& store_;
};

/// Takes a publisher's checkpoint: form, signature, right to each zone, a time that is not before that of the
/// one there and not in the future; and that each version it names is the newest in the store, and is taken
/// here or proved. Error: why it is refused.
[[nodiscard]] Result<Checkpoint> publish_checkpoint(Archive& archive, const Journal& journal,
                                                    const Policy& policy, Octets octets, WallTime now);

/// Whether checkpoints of keys that are valid now name a version: then it is the publisher's, although the
/// key that signed it may be retired. Reads lists when they are asked for and keeps them, so it lives for one
/// batch of versions. Borrows all of it. One thread.
class Vouchers {
 public:
  Vouchers(const Checkpoints& checkpoints, const Policy& policy) noexcept
      : checkpoints_(checkpoints), policy_(policy) {}
  [[nodiscard]] bool vouch_for(const Version& version, const VersionHash& hash);

 private:
  struct Source {
    Checkpoint checkpoint;
    std::array<std::optional<std::vector<CheckpointHead>>, checkpoint_buckets> lists;
  };
  const Checkpoints& checkpoints_;
  const Policy& policy_;
  std::optional<std::vector<Source>> sources_;
};

}  // namespace doors
