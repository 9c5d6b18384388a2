#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "sync/store/lmdb/environment.h"
#include "sync/store/store.h"
#include "zones/base/clock.h"

namespace doors {

/// The embedded store: one LMDB environment, one machine, no other service. Numbers in keys are big-endian.
///
///     data     key -> SHA-256 of (key | the rest) | revision u64 | place u32 | lease u64 | value
///     changes  revision u64 | place u32 -> 1 | key (put) or 0 | key (deleted)
///     leased   key -> lease u64
///     meta     "revision" -> u64, "compacted" -> u64
///
/// `changes` holds the last change of each key alone, so a watch leaves out what was overtaken; deletions
/// older than the newest `kept_revisions` revisions are dropped, and a watch that would have to know them is
/// told `compacted`. Leases live in this process: when it ends, so do they, and open() deletes their keys.
class LmdbStore final : public Store {
 public:
  struct Settings {
    std::uint64_t map_octets = 64ull << 30;  ///< the largest the file can grow
    std::uint64_t kept_revisions = 100'000;  ///< of deletions
  };
  /// Error: the environment cannot be opened. `clock` must outlive the store.
  [[nodiscard]] static Result<std::unique_ptr<LmdbStore>> open(const std::filesystem::path& directory,
                                                               const Settings& settings, const Clock& clock);
  /// What find_damage() says of the store in that directory; call it before open(), with one thread.
  [[nodiscard]] static std::optional<std::string> find_damage(const std::filesystem::path& directory,
                                                              const Settings& settings);
  ~LmdbStore() override;

  [[nodiscard]] Result<std::uint64_t> list(std::string_view prefix, const Visitor& visit) const override;
  [[nodiscard]] Result<std::optional<Value>> get(std::string_view key) const override;
  [[nodiscard]] Result<std::unique_ptr<StoreWatch>> watch(std::string prefix, std::uint64_t from,
                                                          std::function<void()> wake) override;
  [[nodiscard]] Result<TxnOutcome> txn(const std::vector<StoreCompare>& compares,
                                       const std::vector<StorePut>& puts) override;
  [[nodiscard]] Result<LeaseId> grant(std::chrono::milliseconds ttl) override;
  [[nodiscard]] Result<void> keep_alive(LeaseId lease) override;
  [[nodiscard]] Result<void> revoke(LeaseId lease) override;
  [[nodiscard]] Result<std::uint64_t> revision() const override;
  [[nodiscard]] std::uint64_t damaged() const noexcept override { return damaged_.load(); }
  [[nodiscard]] TxnLimits limits() const noexcept override { return {}; }
  [[nodiscard]] StoreState state() const override { return {true, {}, {}, revision().value_or(0)}; }

  /// Ends the leases whose time is over; every other call does it too. Deletion is a transaction of its own.
  [[nodiscard]] Result<void> expire_leases() const;

 private:
  class Watch;
  struct Lease {
    std::chrono::milliseconds ttl;
    Monotonic ends;
  };
  LmdbStore(std::unique_ptr<lmdb::Environment> environment, const Settings& settings,
            const Clock& clock) noexcept;
  Result<void> delete_leased(const std::set<LeaseId>& ended, bool all) const;
  Result<TxnOutcome> write(const std::vector<StoreCompare>& compares,
                           const std::vector<StorePut>& puts) const;
  Result<void> compact(lmdb::Transaction& txn, std::uint64_t revision) const;
  void wake_watches() const;

  std::unique_ptr<lmdb::Environment> environment_;
  Settings settings_;
  const Clock& clock_;
  mutable std::atomic<std::uint64_t> damaged_{0};
  // `mutable`, because ending a lease late is no change that a caller of list() makes.
  mutable std::mutex leases_mutex_;
  mutable std::map<LeaseId, Lease> leases_;
  LeaseId last_lease_ = 0;
  mutable std::mutex watches_mutex_;
  std::set<Watch*> watches_;
};

}  // namespace doors
