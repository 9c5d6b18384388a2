#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "sync/pop/arrivals.h"
#include "sync/pop/builder.h"
#include "sync/pop/disks.h"
#include "sync/store/remote/blob_fetcher.h"

namespace doors {

/// The agent's part in fetching blobs: nothing at all where no mirrors are known.
class IncomingBlobs {
 public:
  /// Borrows `disks`. `wake` comes on any thread when join() has something new.
  IncomingBlobs(Disks& disks, std::function<void()> wake);
  /// What the builder asks; null without mirrors.
  [[nodiscard]] Arrivals* arrivals() noexcept { return arrivals_ ? &*arrivals_ : nullptr; }
  /// Adds what waits no longer to `candidates`; gives what else is to be told: why others still wait. The
  /// thread that builds.
  [[nodiscard]] std::vector<BuildOutcome> join(std::vector<StoredVersion>& candidates);

 private:
  std::optional<BlobFetcher> fetcher_;
  std::optional<Arrivals> arrivals_;
};

}  // namespace doors
