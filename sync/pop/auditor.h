#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/pop/archive.h"
#include "sync/pop/checkpoints.h"
#include "sync/pop/journal.h"
#include "sync/trust/policy.h"
#include "zones/base/clock.h"

namespace doors {

/// What the publishers' checkpoints say of the store.
struct Audit {
  struct Withheld {
    Name zone;
    VersionNumber promised;
    VersionNumber taken;  ///< 0/0: none
  };
  static constexpr std::size_t most_named = 100;

  std::uint64_t withheld = 0;    ///< versions that are promised, and neither taken nor offered
  std::vector<Withheld> named;   ///< the first of them, at most most_named
  std::vector<std::string> bad;  ///< checkpoints that cannot be believed or read, and why
  std::uint64_t newest = 0;      ///< the time of the newest good one, in seconds since 1970; 0: there is none

  /// Each finding in words; at most most_named and a few.
  [[nodiscard]] std::vector<std::string> alarms() const;
};

/// Compares what this node has taken, and what the store offers, with what the publishers say there is. The
/// time of the newest checkpoint of each is remembered in the journal, so that an older one is known for what
/// it is. One thread, but for `wake`, which may come on any.
class Auditor {
 public:
  /// What was taken of a zone.
  using Known = std::function<std::optional<ChainHead>(NameView)>;
  Auditor(Archive& archive, Journal& journal, std::function<void()> wake)
      : archive_(archive), checkpoints_(archive.store()), journal_(journal), wake_(std::move(wake)) {}
  /// An audit if a checkpoint is new, or the last one found something; else nothing.
  [[nodiscard]] std::optional<Audit> take(const Policy& policy, const Known& known);
  /// Lets the next take() make one.
  void again() noexcept { due_ = true; }

 private:
  [[nodiscard]] Audit audit(const Policy& policy, const Known& known);
  void compare(const Checkpoint& checkpoint, const Policy& policy, const Known& known, Audit& audit);
  [[nodiscard]] bool is_offered(const CheckpointHead& promised, const Policy& policy) const;

  Archive& archive_;
  Checkpoints checkpoints_;
  Journal& journal_;
  std::function<void()> wake_;
  std::unique_ptr<StoreWatch> watch_;
  bool due_ = true;
};

}  // namespace doors
