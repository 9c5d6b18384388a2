#pragma once

#include <memory>

#include "sync/pop/archive.h"
#include "sync/pop/image_files.h"
#include "sync/pop/journal.h"
#include "sync/pop/settings.h"
#include "sync/store/blob_store.h"
#include "sync/store/remote/remote_blobs.h"
#include "sync/store/store.h"
#include "zones/base/clock.h"
#include "zones/base/error.h"

namespace doors {

/// What the agent stands on, opened in this order and closed in the other.
struct Disks {
  std::unique_ptr<Store> store;
  std::unique_ptr<DirectoryBlobStore> blobs;
  std::unique_ptr<RemoteBlobs> remote;  ///< null: there are no blobs but those
  std::unique_ptr<Journal> journal;
  std::unique_ptr<ImageFiles> images;

  /// All blobs there are; reading or writing them may wait for servers.
  [[nodiscard]] BlobStore& all_blobs() const noexcept {
    if (remote) return *remote;
    return *blobs;
  }
};

/// Whether the store is this node's own.
[[nodiscard]] bool is_embedded(const DoorsyncSettings& settings);

/// Opens all of it, once children have looked for damage: a damaged environment is set aside and begun anew.
/// Before any thread is started. Error: which of them cannot be opened, and why.
[[nodiscard]] Result<Disks> open_disks(const DoorsyncSettings& settings, const Clock& clock);

/// The embedded store is this node's own, so what the journal has taken and the store has lost is put back.
[[nodiscard]] Result<void> mend_store(Archive& archive, const Journal& journal);

}  // namespace doors
