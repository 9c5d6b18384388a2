#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "sync/trust/version.h"
#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/dns/name.h"

namespace doors {

/// The directory of image files that doord starts from: named as zones/image/image_file.h says, each whole or
/// not there. New ones are staged under temporary names and come to their own names together, so that one
/// flush serves a whole push. The thread that builds only.
class ImageFiles {
 public:
  explicit ImageFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}
  /// Makes the directory, removes what an interrupted commit() left, and learns what is there.
  [[nodiscard]] Result<void> open();

  /// Writes an image under a temporary name; not yet synced.
  [[nodiscard]] Result<void> stage(NameView origin, VersionNumber number, Octets image);
  /// Syncs what was staged and gives it its names. On an error nothing, or a part of it, has its name; what
  /// has, is whole.
  [[nodiscard]] Result<void> commit();
  /// Forgets what was staged and not committed.
  void discard();

  [[nodiscard]] bool has(NameView origin, VersionNumber number) const;
  [[nodiscard]] std::filesystem::path path(NameView origin, VersionNumber number) const;
  /// Removes a zone's images but those of the versions in `kept`.
  void keep_only(NameView origin, const std::vector<VersionNumber>& kept);

 private:
  struct Staged {
    Name origin;
    VersionNumber number;
    std::filesystem::path temporary;
    std::filesystem::path final;
  };
  std::filesystem::path directory_;
  std::vector<Staged> staged_;
  std::unordered_map<std::string, std::vector<VersionNumber>> there_;  // by image_stem()
};

}  // namespace doors
