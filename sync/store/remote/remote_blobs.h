#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "sync/store/blob_store.h"
#include "sync/store/remote/http.h"
#include "sync/store/remote/mirror_health.h"
#include "sync/store/remote/settings.h"
#include "sync/store/remote/sigv4.h"
#include "zones/base/clock.h"

namespace doors {

/// Blobs behind HTTP(S), `URL/ab/abcdef…` as in a directory, so that any web server over one will do; each
/// that was fetched is kept in the directory of this node. Servers are trusted with nothing: what does not
/// hash to its name is not taken. Any thread; get(), put() and remove() wait for servers.
class RemoteBlobs final : public BlobStore {
 public:
  /// Borrows `local` and `clock`.
  RemoteBlobs(DirectoryBlobStore& local, RemoteBlobSettings settings, const Clock& clock);
  ~RemoteBlobs() override;

  /// Whether it is here.
  [[nodiscard]] bool has(const Sha256& hash) const override { return local_.has(hash); }
  /// From here, else fetched.
  [[nodiscard]] Result<std::vector<std::byte>> get(const Sha256& hash, std::size_t max_octets) const override;
  /// Here, and at each server of `publish`. Error: one of them does not take it.
  [[nodiscard]] Result<void> put(const Sha256& hash, Octets octets) override;
  /// From here.
  [[nodiscard]] Result<void> remove(const Sha256& hash) override;

  /// Brings a blob here: from the first mirror that has it whole and right within `max_octets`. A transfer
  /// that is cut goes on where it broke off. Error: what each mirror did.
  [[nodiscard]] Result<std::vector<std::byte>> fetch(const Sha256& hash, std::size_t max_octets) const;

  [[nodiscard]] const RemoteBlobSettings& settings() const noexcept { return settings_; }
  /// Lets all that waits for servers end within a second, in vain; for the end of the program.
  void stop() noexcept { stopping_ = true; }

 private:
  struct Outcome;
  class Loan;
  [[nodiscard]] Outcome fetch_from(const BlobUrl& mirror, const Sha256& hash, std::size_t max_octets) const;
  [[nodiscard]] Result<void> change(const BlobUrl& server, std::string_view method, const Sha256& hash,
                                    Octets body) const;
  [[nodiscard]] Result<HttpRequest> request_to(const BlobUrl& server, std::string_view method,
                                               const Sha256& hash, const Sha256& payload) const;

  DirectoryBlobStore& local_;
  const RemoteBlobSettings settings_;
  const Clock& clock_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;  // of all below
  mutable MirrorHealth health_;
  mutable std::vector<std::unique_ptr<HttpClient>> idle_;
  std::set<Sha256> published_;  // what this process has put already
};

}  // namespace doors
