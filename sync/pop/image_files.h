#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sync/trust/version.h"
#include "zones/base/error.h"
#include "zones/base/file.h"
#include "zones/base/octets.h"
#include "zones/dns/name.h"
#include "zones/image/image_file.h"
#include "zones/image/pack_writer.h"

namespace doors {

/// The directory of image files that doord starts from: named as zones/image/image_file.h says, each whole or
/// not there. New ones are staged and come to their own names together, so that one flush serves a whole
/// push; the small images of a large push come in one pack, those of many small pushes are gathered into one
/// later. So the number of files is bounded by the large zones and some thousands. The thread that builds
/// only.
class ImageFiles {
 public:
  /// From so many small images at once on they are packed.
  static constexpr std::size_t worth_a_pack = 1000;

  /// From so many small images in files of their own, or from more packs than that on, gather() is worth it.
  static constexpr std::size_t most_small_files = 4 * worth_a_pack;
  static constexpr std::size_t most_packs = 8;

  explicit ImageFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}
  /// Makes the directory, removes what an interrupted commit() left, and learns what is there.
  [[nodiscard]] Result<void> open();

  /// Writes an image under a temporary name, or into the pack to be; not yet synced.
  [[nodiscard]] Result<void> stage(NameView origin, VersionNumber number, Octets image);
  /// Puts the change log of a version beside the image to be, or nothing if the disk does not take it: nobody
  /// needs it. It goes with the image.
  void put_log(NameView origin, VersionNumber number, Octets log) const;
  /// Syncs what was staged, but overlays, and gives all its names. On an error nothing, or a part of it, has
  /// its name; what has, is whole.
  [[nodiscard]] Result<void> commit();
  /// Syncs the overlays that were committed: they need not be on disk before they are served, as they are
  /// checked whole when they are opened and soon made again. Before the images go that they stand in for.
  [[nodiscard]] Result<void> sync_overlays();
  /// Forgets what was staged and not committed.
  void discard();

  [[nodiscard]] bool has(NameView origin, VersionNumber number) const;
  /// Where it lies, or will lie: in a file of its own, or in a pack.
  [[nodiscard]] std::filesystem::path path(NameView origin, VersionNumber number) const;
  [[nodiscard]] std::filesystem::path log_path(NameView origin, VersionNumber number) const {
    return doors::log_path(directory_, origin, number.epoch, number.seq);
  }
  /// Removes a zone's images but those of the versions in `kept`, and those that overlays among them lie on;
  /// packs of which nothing is kept go.
  void keep_only(NameView origin, const std::vector<VersionNumber>& kept);
  /// Brings all packs and small images together where there are many of them: in one pack the newest version
  /// of each zone, in another the one before. For when nothing is staged, and doord has what it was offered.
  /// False: there was no need. A damaged image is not there any more afterwards. On an error all is as it
  /// was.
  [[nodiscard]] Result<bool> gather();
  /// Removes all of a zone that was deleted by that version, and notes it where packs have the zone.
  void remove(NameView origin, VersionNumber number);

 private:
  struct There {
    VersionNumber number;
    std::uint64_t pack = 0;  ///< 0: a file of its own
    bool small = false;      ///< such a file, small enough for a pack
  };
  struct Staged {
    Name origin;
    VersionNumber number;
    std::vector<std::byte> image;       // of a small one, as long as it may go into a pack
    std::filesystem::path temporary{};  // of a file of its own
    bool packed = false;
    bool overlay = false;
  };
  class Gathering;
  /// Overlays lie in files of their own: packs hold whole images.
  [[nodiscard]] static bool is_overlay(Octets image) noexcept;
  [[nodiscard]] Result<void> learn_pack(const std::filesystem::path& path, std::uint64_t number);
  [[nodiscard]] Result<void> write(Staged& staged, Octets image) const;
  /// Opens the pack that is staged, and moves the small images there are into it; or leaves them as they are.
  [[nodiscard]] Result<void> begin_pack();
  [[nodiscard]] std::filesystem::path staged_pack() const;
  void drop_pack();
  [[nodiscard]] Result<void> name_all();
  void note(NameView origin, There there);
  [[nodiscard]] const There* find(NameView origin, VersionNumber number) const;

  std::filesystem::path directory_;
  std::vector<Staged> staged_;
  std::vector<std::filesystem::path> unsynced_;
  std::size_t small_ = 0;  // of staged_, small images in files of their own
  UniqueFd pack_file_;
  std::optional<PackWriter> pack_;
  std::uint64_t next_pack_ = 1;
  std::unordered_map<std::string, std::vector<There>> there_;     // by image_stem()
  std::unordered_map<std::uint64_t, std::size_t> packed_images_;  // by pack: how many of there_
  std::size_t small_files_ = 0;                                   // of there_
  std::size_t small_limit_ = most_small_files;                    // gather() from there on
  std::size_t pack_limit_ = most_packs;
};

}  // namespace doors
