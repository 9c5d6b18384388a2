#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sync/store/blob_store.h"
#include "sync/store/store.h"
#include "sync/trust/chain.h"
#include "sync/trust/signature.h"
#include "zones/base/error.h"
#include "zones/content/content.h"
#include "zones/content/delta.h"
#include "zones/dns/name.h"

namespace doors {

/// One version as store and journal keep it: the signed record, and its compressed content when that is
/// small.
///
///     signed version's length u32 | signed version | content's length u32 | content |
///     whole u64 | changed octets u64
///
/// Content over `inline_octets` lies in the blob store, frame by frame, and the length here is 0. The last
/// two are there for a change alone.
struct StoredVersion {
  static constexpr std::size_t inline_octets = 32 * 1024;

  SignedVersion signed_version;
  Version version;                 ///< decoded from it
  std::vector<std::byte> content;  ///< the frames; empty when they are blobs, or for a tombstone
  std::uint64_t whole = 0;  ///< of a change: seq of the version with a whole content that it leads back to
  std::uint64_t changed_octets = 0;  ///< of a change: of all deltas since that, unpacked

  [[nodiscard]] ChainHead chain_head() const { return {version.number, signed_version.hash()}; }
  [[nodiscard]] bool has_blobs() const noexcept { return content.empty() && !version.frames.empty(); }
  [[nodiscard]] std::vector<std::byte> encode() const;
  /// Form alone; nothing is proved.
  [[nodiscard]] static Result<StoredVersion> decode(Octets octets);
};

/// The blobs that versions hold their own octets in.
[[nodiscard]] std::vector<Frame> blobs_of(std::span<const StoredVersion> versions);

/// Every version of every zone, in a Store and a BlobStore:
///
///     head/ | bucket | zone                    the newest version
///     log/  | bucket | zone | seq u64          those before, at most `history` - 1 of them
///     blob/ | SHA-256 | zone | seq u64         nothing; says that this version needs this blob
///
/// zone in wire form and lower case; bucket the first octet of its SHA-256. A blob is put before the
/// transaction that needs it and removed after the one that no longer does, so none is ever missing; what a
/// crash leaves over is swept at the next start. Any thread, but those that write (commit, restore, sweep)
/// one at a time.
class Archive {
 public:
  static constexpr std::string_view head_prefix = "head/";

  /// Borrows both stores.
  Archive(Store& store, BlobStore& blobs, std::uint32_t history) noexcept
      : store_(store), blobs_(blobs), history_(history) {}

  [[nodiscard]] static std::string head_key(NameView zone);

  struct Head {
    StoredVersion stored;
    std::uint64_t revision = 0;  ///< of the store, when it was put
  };
  /// The newest version; nothing if the zone was never there. A value that cannot be read is an error.
  [[nodiscard]] Result<std::optional<Head>> head(NameView zone) const;
  /// Every zone's newest version, at one revision, which it gives. Values that cannot be read are left out.
  [[nodiscard]] Result<std::uint64_t> heads(
      const std::function<void(const StoredVersion&, std::uint64_t)>& visit) const;
  /// The same of one bucket.
  [[nodiscard]] Result<std::uint64_t> heads(std::uint8_t bucket,
                                            const std::function<void(const StoredVersion&)>& visit) const;
  /// All versions of a zone that are kept, oldest first.
  [[nodiscard]] Result<std::vector<StoredVersion>> history(NameView zone) const;
  /// One version; nothing if it is not kept.
  [[nodiscard]] Result<std::optional<StoredVersion>> version(NameView zone, std::uint64_t seq) const;
  /// A version's compressed content, from its own octets or from the blobs, each frame checked. Error: a blob
  /// is missing or damaged.
  [[nodiscard]] Result<std::vector<std::byte>> content(const StoredVersion& stored) const;

  /// The content of a version, proved: its own, or for a change that of the whole one before it with all
  /// changes since. Error: one of them is missing or damaged.
  [[nodiscard]] Result<Content> whole_content(const StoredVersion& stored) const;

  /// The changes that lead from a known version to this one, which is the last of them. That each names the
  /// hash of the one before proves them all, if `stored` is proved. Error: one is missing, or is no change.
  [[nodiscard]] Result<std::vector<StoredVersion>> changes_between(const ChainHead& known,
                                                                   const StoredVersion& stored) const;
  /// What such changes come to, from the version `before` the first of them: each is checked to lead from the
  /// one before it to what it says. Error: one is missing or damaged, or says otherwise.
  [[nodiscard]] Result<std::vector<Delta>> deltas_of(const Version& before,
                                                     std::span<const StoredVersion> changes) const;

  /// The blobs that whole_content() of a version reads, as far as the versions are kept.
  [[nodiscard]] std::vector<Frame> blobs_of_whole(const StoredVersion& stored) const;

  /// One version to add: its content is `frames`, borrowed.
  struct Addition {
    StoredVersion stored;  ///< `content` is filled in here
    Octets frames;
    std::optional<Head> before;  ///< the head it follows, as it was read
  };
  /// Puts blobs, then all versions in one transaction; where the store's are smaller than the push, each zone
  /// in one, and an error may then say that a part of the zones is published. `committed` false: a head is no
  /// longer the one before, and nothing has changed. `unknown`: the store was lost before it said.
  /// `beside`, if any, is put in the transaction of the last zone.
  struct Beside {
    StoreCompare compare;
    StorePut put;
  };
  [[nodiscard]] Result<TxnOutcome> commit(std::vector<Addition> additions,
                                          std::optional<Beside> beside = std::nullopt);
  /// Puts versions back that a damaged store has lost: each becomes the head if there is none, or an older
  /// one.
  [[nodiscard]] Result<std::size_t> restore(std::span<const StoredVersion> versions);
  /// Removes blobs that no version needs.
  [[nodiscard]] Result<std::size_t> sweep(const DirectoryBlobStore& blobs);

  [[nodiscard]] Store& store() const noexcept { return store_; }

 private:
  [[nodiscard]] std::uint64_t needed_from(NameView zone, std::uint64_t oldest_kept) const;
  void retire(const Head& head, std::vector<StorePut>& puts, std::vector<StorePut>& trims,
              std::vector<Sha256>& loose) const;
  void remove_loose(const std::vector<Sha256>& loose) const;

  Store& store_;
  BlobStore& blobs_;
  std::uint32_t history_;
};

}  // namespace doors
