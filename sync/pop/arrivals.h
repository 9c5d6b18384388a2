#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sync/pop/archive.h"
#include "sync/store/blob_store.h"
#include "sync/store/remote/blob_fetcher.h"
#include "zones/dns/name.h"

namespace doors {

/// Versions whose blobs are still on their way here. They wait beside the builder, so that a slow server
/// holds up the zones alone whose contents it has. Of a zone the newest version waits. The thread that builds
/// only.
class Arrivals {
 public:
  /// Borrows both.
  Arrivals(const BlobStore& here, BlobFetcher& fetcher) noexcept : here_(here), fetcher_(fetcher) {}

  /// Whether all `frames`, which `stored` needs, are here and whole. If not, they are wished for, and
  /// take_news() gives `stored` once they are. An earlier version of the zone does not wait any longer.
  /// `stored` has been proved: nobody else's wishes are fetched.
  [[nodiscard]] bool are_here(const StoredVersion& stored, const std::vector<Frame>& frames);

  struct Changes {
    std::vector<StoredVersion> ready;                       ///< they wait no longer
    std::vector<std::pair<Version, std::string>> problems;  ///< why others still do; tried again
  };
  /// What has happened since the last call.
  [[nodiscard]] Changes take_changes();
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

 private:
  struct Waiting {
    StoredVersion stored;
    std::set<Sha256> missing;
    std::string told;  ///< the problem that was given last
  };
  void forget(const Name& zone);

  const BlobStore& here_;
  BlobFetcher& fetcher_;
  std::map<Name, Waiting> waiting_;
  std::map<Sha256, std::set<Name>> zones_;  // that miss a blob
};

}  // namespace doors
