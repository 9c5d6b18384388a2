#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "sync/ctl/served_zones.h"
#include "zones/base/file.h"

namespace doors::ctl {

/// What `serve --state DIR` keeps between runs, so that a start reads only the zone files that changed: the
/// images, and an index that says which file, with which stamp, each was made from. A cache: whatever is
/// missing or wrong in it is made anew. One process at a time (flock on DIR/lock).
///
///     DIR/lock   DIR/index   DIR/images/STEM.1-SEQ.img
class ServeState {
 public:
  /// Makes what is missing and reads the index. Errors: cannot be made, or another process has it.
  [[nodiscard]] static Outcome<ServeState> open(const std::filesystem::path& directory);

  /// What an earlier run served from this file; null if nothing. Valid until save().
  [[nodiscard]] const ServedZones::Served* find(const std::filesystem::path& file) const;
  [[nodiscard]] const std::unordered_map<std::string, ServedZones::Served>& entries() const noexcept {
    return entries_;
  }
  [[nodiscard]] const std::filesystem::path& images() const noexcept { return images_; }
  /// Replaces the index; then removes the images that no zone in it uses.
  [[nodiscard]] Outcome<void> save(const std::vector<ServedZones::Served>& served);

 private:
  std::filesystem::path directory_, images_;
  UniqueFd lock_;
  std::unordered_map<std::string, ServedZones::Served> entries_;
};

/// The index as text: a head line with the version of this program, then per zone "SIZE CHANGED INODE SEQ
/// DIGEST ZONE PATH", apart by tabs, PATH with %XX for control characters and %. Files with includes are left
/// out. Pure.
[[nodiscard]] std::string to_index(const std::vector<ServedZones::Served>& served);
/// Reads it back; lines it does not understand are left out, and all of them if the head is another one.
/// Pure.
[[nodiscard]] std::vector<ServedZones::Served> read_index(std::string_view text);

}  // namespace doors::ctl
