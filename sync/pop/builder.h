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
#include "sync/pop/arrivals.h"
#include "sync/pop/fresh_content.h"
#include "sync/pop/image_files.h"
#include "sync/pop/journal.h"
#include "sync/pop/open_zones.h"
#include "sync/trust/policy.h"
#include "zones/content/delta.h"
#include "zones/image/image.h"
#include "zones/image/overlay_writer.h"

namespace doors {

/// What became of one version on its way to doord.
struct BuildOutcome {
  enum class Kind : std::uint8_t {
    ready,      ///< journaled, and its image lies at `image`
    removed,    ///< a tombstone, journaled: the zone is to be taken out
    refused,    ///< not taken; the version before stays
    unchanged,  ///< taken before
    postponed,  ///< proved; its blobs are fetched, or its image made, beside, and another outcome comes then
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

/// A whole image to be made on another thread: of a version whose overlay has grown, or of a change that no
/// overlay can show.
struct WholeImageJob {
  StoredVersion stored;                    ///< proved
  bool taken = false;                      ///< its overlay shows it meanwhile; else it is not taken yet
  std::shared_ptr<const ZoneImage> image;  ///< of it, or of the version before; null: there is none
  std::optional<Delta> since;              ///< what leads from that to it, if it is not the same

  /// Of the archive's content; or of the image's, where the archive has lost some of it. Any thread.
  [[nodiscard]] Result<std::vector<std::byte>> make(const Archive& archive) const;
};

/// When an overlay does, and where whole images are made.
struct BuildLimits {
  /// Names of one overlay; of more a whole image is made.
  std::size_t most_names = max_overlay_names;
  /// An overlay of so much, some 2,000 names, is made into a whole image beside: each change makes it anew.
  std::size_t merge_from_octets = std::size_t{256} << 10;
  /// From so many records on a whole image of a change is not made while other zones wait: it takes about
  /// 1 µs a record.
  std::uint64_t beside_from_records = 20'000;
};

/// Turns versions that a store offers into images that doord may have: prove (signature, policy, chain) →
/// content, each frame checked → image, or for a change an overlay on the image there is, under a temporary
/// name → journal (fsync) → images synced (overlays: soon) and named. A version is in the journal before
/// anything shows it; whatever moment the process is killed, the journal names a version whose image is there
/// or can be made again. The thread that builds only.
class Builder {
 public:
  /// Borrows all of it. `fresh` (may be null) may have a content ready. With `arrivals` (may be null)
  /// versions whose blobs are not here yet are `postponed` until they are.
  Builder(const Archive& archive, Journal& journal, ImageFiles& images, const std::atomic<bool>& stopping,
          FreshContent* fresh = nullptr, const BuildLimits& limits = {}, Arrivals* arrivals = nullptr)
      : archive_(archive),
        journal_(journal),
        images_(images),
        stopping_(stopping),
        fresh_(fresh),
        limits_(limits),
        arrivals_(arrivals),
        open_(images) {}

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

  /// Images to be made beside: of a zone one at a time, and the next after it was adopted.
  [[nodiscard]] std::vector<WholeImageJob> take_jobs() { return std::exchange(jobs_, {}); }
  /// What a job has made, or why it has not. Puts it in the place of its version's overlay, and what came
  /// since on it; or takes its version. Then what was postponed meanwhile is tried. Nothing: all stays as it
  /// is, because a whole version came first, or the disk does not take an image that is not needed.
  [[nodiscard]] std::vector<BuildOutcome> adopt(const WholeImageJob& job,
                                                const Result<std::vector<std::byte>>& image);

  /// Makes the current image of a zone again from its content: the file was found missing or bad.
  [[nodiscard]] BuildOutcome rebuild(NameView zone);

  /// Lets what was given come to disk where it is not there yet; between give and tidy().
  [[nodiscard]] Result<void> sync() { return images_.sync_overlays(); }

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
  [[nodiscard]] bool await_blobs(const StoredVersion& stored, const std::vector<Frame>& frames);
  void make_missing(const std::vector<Name>& zones, const std::function<void(BuildOutcome)>& each);
  enum class Prepared : std::uint8_t {
    known,      // already
    staged,     // its image is; it is to be journaled
    postponed,  // its image is made beside, or its blobs are fetched
  };
  [[nodiscard]] Result<Prepared> prepare(const StoredVersion& candidate, Verifier& verifier,
                                         const Vouch& vouch);
  [[nodiscard]] Result<Prepared> prepare_proved(const StoredVersion& candidate);
  [[nodiscard]] Result<void> stage(const StoredVersion& stored);
  [[nodiscard]] Result<Content> content_of(const StoredVersion& stored) const;
  [[nodiscard]] Result<void> stage_octets(const Version& version, Octets image);
  [[nodiscard]] Result<Prepared> stage_change(const StoredVersion& stored);
  void postpone(WholeImageJob job);
  [[nodiscard]] std::optional<BuildOutcome> replace_overlay(const StoredVersion& merged, Octets image);
  void finish(std::vector<StoredVersion>& taken, std::vector<BuildOutcome>& outcomes);

  const Archive& archive_;
  Journal& journal_;
  ImageFiles& images_;
  const std::atomic<bool>& stopping_;
  FreshContent* fresh_;
  const BuildLimits limits_;
  Arrivals* arrivals_;
  bool disk_failed_ = false;
  std::unordered_map<std::string, Known> known_;  // by zone, wire and lower case
  OpenZones open_;
  std::vector<WholeImageJob> jobs_;
  std::unordered_set<std::string> beside_;                    // zones with a job that is not adopted yet
  std::unordered_map<std::string, StoredVersion> postponed_;  // their newest change, which waits for that
};

}  // namespace doors
