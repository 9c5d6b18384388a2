#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sync/pop/archive.h"
#include "sync/pop/fresh_content.h"
#include "sync/pop/image_files.h"
#include "sync/pop/journal.h"
#include "sync/trust/policy.h"
#include "zones/image/image.h"

namespace doors {

/// What became of one version on its way to doord.
struct BuildOutcome {
  enum class Kind : std::uint8_t {
    ready,      ///< journaled, and its image lies at `image`
    removed,    ///< a tombstone, journaled: the zone is to be taken out
    refused,    ///< not taken; the version before stays
    unchanged,  ///< taken before
  };
  Kind kind = Kind::refused;
  Name zone;
  VersionNumber number;
  Serial serial{0};
  VersionKind version_kind = VersionKind::push;
  std::filesystem::path image;
  std::string reason;    ///< of `refused`
  bool renewed = false;  ///< of `ready`: another file of a version that doord may have already
};

/// Turns versions that a store offers into images that doord may have: prove (signature, policy, chain) →
/// content, each frame checked → image, or for a change an overlay on the image there is, under a temporary
/// name → journal (fsync) → images synced and named. A version is in the journal before anything shows it;
/// whatever moment the process is killed, the journal names a version whose image is there or can be made
/// again. The thread that builds only.
class Builder {
 public:
  /// Borrows all of it. `fresh` (may be null) may have a content ready.
  Builder(const Archive& archive, Journal& journal, ImageFiles& images, const std::atomic<bool>& stopping,
          FreshContent* fresh = nullptr)
      : archive_(archive), journal_(journal), images_(images), stopping_(stopping), fresh_(fresh) {}

  /// Learns from the journal what was taken, and tells each zone's state: `ready` or `removed`; images that
  /// are missing are made again first. Damaged entries are counted in the result.
  [[nodiscard]] Result<std::size_t> load(const std::function<void(BuildOutcome)>& each);

  /// Who else may say that a version is the publisher's: its signature does not count then.
  using Vouch = std::function<bool(const Version&, const VersionHash&)>;
  /// Tries every candidate; the order does not matter. Gives one outcome each, unless it is told to stop.
  /// `vouch` may be empty.
  [[nodiscard]] std::vector<BuildOutcome> take(std::vector<StoredVersion> candidates, const Policy& policy,
                                               const Vouch& vouch = {});
  /// What was taken of a zone.
  [[nodiscard]] std::optional<ChainHead> known(NameView zone) const;
  /// Whether the last take() or rebuild() refused something for want of a disk that takes it: take() of the
  /// same candidates, or of the zone's newest, may go through later.
  [[nodiscard]] bool take_again() const noexcept { return disk_failed_; }

  /// Versions whose overlays have grown so far that a whole image should take their place, each zone once
  /// until it is adopted: to be merged on another thread.
  [[nodiscard]] std::vector<StoredVersion> take_grown() { return std::exchange(grown_, {}); }
  /// The whole image of a proved version. Any thread.
  [[nodiscard]] static Result<std::vector<std::byte>> merge(const Archive& archive,
                                                            const StoredVersion& stored);
  /// Puts the merged image in the place of that version's overlay, and what came since on it; empty: there is
  /// none. Nothing: it is not needed any more, or the disk does not take it, and all stays as it is.
  [[nodiscard]] std::optional<BuildOutcome> adopt(const StoredVersion& merged, Octets image);

  /// Makes the current image of a zone again from its content: the file was found missing or bad.
  [[nodiscard]] BuildOutcome rebuild(NameView zone);

  /// Removes a zone's images but those of its current and previous version; all, if it was deleted; and
  /// gathers small ones where they are many. For after doord has swapped.
  void tidy(NameView zone);

 private:
  struct Known {
    ChainHead head;
    VersionNumber previous;  ///< 0/0: none
    Serial serial{0};
    VersionKind kind = VersionKind::push;
    bool given = false;  ///< as `ready` or `removed`; not yet, if the disk failed behind the journal
  };
  [[nodiscard]] BuildOutcome outcome_of(const Version& version, const Known& known) const;
  [[nodiscard]] BuildOutcome make_again(NameView zone);
  void drop_old_images(NameView zone);
  void make_missing(const std::vector<Name>& zones, const std::function<void(BuildOutcome)>& each);
  [[nodiscard]] Result<bool> prepare(const StoredVersion& candidate, Verifier& verifier, const Vouch& vouch);
  [[nodiscard]] Result<void> stage(const StoredVersion& stored);
  [[nodiscard]] Result<Content> content_of(const StoredVersion& stored) const;
  [[nodiscard]] Result<void> stage_octets(const Version& version, Octets image);
  [[nodiscard]] Result<bool> stage_overlay(const StoredVersion& stored);
  [[nodiscard]] std::shared_ptr<const ZoneImage> current_image(const Version& version);
  void finish(std::vector<StoredVersion>& taken, std::vector<BuildOutcome>& outcomes);

  const Archive& archive_;
  Journal& journal_;
  ImageFiles& images_;
  const std::atomic<bool>& stopping_;
  FreshContent* fresh_;
  bool disk_failed_ = false;
  std::unordered_map<std::string, Known> known_;  // by zone, wire and lower case
  // Of zones that get changes, the newest image, so that the next change finds it open.
  std::unordered_map<std::string, std::shared_ptr<const ZoneImage>> open_;
  std::vector<StoredVersion> grown_;
  std::unordered_set<std::string> merging_;
};

}  // namespace doors
