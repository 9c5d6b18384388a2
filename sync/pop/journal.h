#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sync/pop/archive.h"
#include "sync/store/lmdb/environment.h"
#include "sync/xfr/expiry.h"
#include "zones/base/error.h"
#include "zones/dns/name.h"

namespace doors {

/// What this node has taken of one zone.
struct JournalEntry {
  StoredVersion current;                  ///< the highest version ever taken: nothing lower is taken again
  std::optional<StoredVersion> previous;  ///< the one before it, to go back to
};

/// What a node has taken, on its own disk: the memory that no store can talk it out of, and enough to make
/// each image again without the store (small contents lie here, large ones in the blobs). One LMDB
/// environment of its own:
///
///     zone (wire, lower case) -> SHA-256 of (zone | the rest) | current's length u32 | current |
///                                previous's length u32 (0: none) | previous
///     publisher's key id          -> SHA-256 of (id | the rest) | time of its newest checkpoint u64
///
///     zone                        -> SHA-256 of (zone | the rest) | confirmed u64, seconds since 1970 |
///                                    expire u32 | overdue u32 | flags u8: 1 expired, 2 in doubt
///
/// in three databases, `zones`, `checkpoints` and `confirmed`.
/// Durable once record() returns. Any thread.
class Journal {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& directory,
                                                             std::uint64_t map_octets);
  /// What is wrong with the journal in that directory; call it before open(), with one thread.
  [[nodiscard]] static std::optional<std::string> find_damage(const std::filesystem::path& directory,
                                                              std::uint64_t map_octets);

  /// Nothing if the zone was never taken. Error: the entry is damaged.
  [[nodiscard]] Result<std::optional<JournalEntry>> get(NameView zone) const;
  /// Takes versions, all in one transaction: each becomes its zone's current and that one its previous. Which
  /// is higher is the caller's to know.
  [[nodiscard]] Result<void> record(std::span<const StoredVersion> taken);
  /// The time of the newest checkpoint seen of a publisher; 0: none.
  [[nodiscard]] Result<std::uint64_t> checkpoint_time(const KeyId& publisher) const;
  [[nodiscard]] Result<void> record_checkpoint(const KeyId& publisher, std::uint64_t time);
  /// When zones that come by transfer were confirmed; damaged entries are left out.
  [[nodiscard]] Result<std::vector<xfr::Confirmation>> confirmations() const;
  [[nodiscard]] Result<void> record_confirmations(std::span<const xfr::Confirmation> news);
  /// Every entry; damaged ones are left out and counted in the result.
  [[nodiscard]] Result<std::size_t> visit(const std::function<void(const JournalEntry&)>& visit) const;

 private:
  explicit Journal(std::unique_ptr<lmdb::Environment> environment) noexcept
      : environment_(std::move(environment)) {}
  std::unique_ptr<lmdb::Environment> environment_;
};

}  // namespace doors
