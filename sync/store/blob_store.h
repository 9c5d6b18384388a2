#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/base/sha256.h"

namespace doors {

/// Large octets under their own SHA-256: the frames of contents that are too large for a store. Any thread.
class BlobStore {
 public:
  BlobStore() = default;
  BlobStore(const BlobStore&) = delete;
  BlobStore& operator=(const BlobStore&) = delete;
  virtual ~BlobStore() = default;
  [[nodiscard]] virtual bool has(const Sha256& hash) const = 0;
  /// At most `max_octets`, whose SHA-256 has been checked. Error: not there, larger, or damaged.
  [[nodiscard]] virtual Result<std::vector<std::byte>> get(const Sha256& hash,
                                                           std::size_t max_octets) const = 0;
  /// Durable once it returns; nothing to do if it is there already. `hash` is the octets' own.
  [[nodiscard]] virtual Result<void> put(const Sha256& hash, Octets octets) = 0;
  /// Gone once it returns; fine if it was not there.
  [[nodiscard]] virtual Result<void> remove(const Sha256& hash) = 0;
};

/// Blobs as files of one directory:  DIR/ab/abcdef…  named by the hash in hex. A file comes to its name whole
/// and synced, so a blob that is there is complete.
class DirectoryBlobStore final : public BlobStore {
 public:
  /// Makes the directory if it is not there, and removes what an interrupted put() left.
  [[nodiscard]] static Result<std::unique_ptr<DirectoryBlobStore>> open(std::filesystem::path directory);
  [[nodiscard]] bool has(const Sha256& hash) const override;
  [[nodiscard]] Result<std::vector<std::byte>> get(const Sha256& hash, std::size_t max_octets) const override;
  [[nodiscard]] Result<void> put(const Sha256& hash, Octets octets) override;
  [[nodiscard]] Result<void> remove(const Sha256& hash) override;
  /// Every blob there is, in no order.
  void visit(const std::function<void(const Sha256&)>& visit) const;

 private:
  explicit DirectoryBlobStore(std::filesystem::path directory) noexcept : directory_(std::move(directory)) {}
  [[nodiscard]] std::filesystem::path path_of(const Sha256& hash) const;
  std::filesystem::path directory_;
};

}  // namespace doors
