#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "sync/pop/archive.h"
#include "sync/trust/chain.h"
#include "zones/base/clock.h"
#include "zones/dns/name.h"

namespace doors {

/// Holds versions back for a PoP that is to be behind the others on purpose: it takes a version no earlier
/// than `delay` after its publisher made it, so that what turns out to be bad can be superseded before. Of
/// several that are old enough it takes the newest. A delay of 0 holds nothing back. One thread.
class Delay {
 public:
  /// What was taken of a zone.
  using Known = std::function<std::optional<ChainHead>(NameView)>;
  Delay(const Archive& archive, std::chrono::milliseconds delay) noexcept
      : archive_(archive), delay_(delay) {}

  /// Of the newest versions in `news`, and of those held back, what may be taken at `now`: the version
  /// itself, or one before it that is old enough and was not taken yet.
  [[nodiscard]] std::vector<StoredVersion> release(std::vector<StoredVersion> news, WallTime now,
                                                   const Known& known);
  /// When the next version that is held back may be taken; nothing: none is.
  [[nodiscard]] std::optional<WallTime> next() const;
  /// How many zones have versions held back.
  [[nodiscard]] std::size_t held() const noexcept { return held_.size(); }

 private:
  [[nodiscard]] WallTime due(const Version& version) const;

  const Archive& archive_;
  std::chrono::milliseconds delay_;
  struct Held {
    StoredVersion newest;
    WallTime due;  ///< of the next one to take, which may be older than `newest`
  };
  std::map<Name, Held> held_;
};

}  // namespace doors
