#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "sync/store/store.h"
#include "zones/base/clock.h"

namespace doors::test {

/// A store in memory, as simple as one can be: every change it ever saw stands in one list. `clock` ends
/// leases. Any thread.
class MemoryStore : public Store {
 public:
  explicit MemoryStore(const Clock& clock) noexcept : clock_(clock) {}
  ~MemoryStore() override;

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
  [[nodiscard]] std::uint64_t damaged() const noexcept override { return 0; }
  [[nodiscard]] TxnLimits limits() const noexcept override { return limits_; }
  [[nodiscard]] StoreState state() const override { return {true, {}, {}, revision().value_or(0)}; }

  void set_limits(TxnLimits limits) noexcept { limits_ = limits; }
  /// Forgets all changes so far.
  void forget();

 private:
  class Watch;
  struct Stored {
    std::vector<std::byte> octets;
    std::uint64_t revision = 0;
    LeaseId lease = 0;
  };
  struct Lease {
    std::chrono::milliseconds ttl;
    Monotonic ends;
  };
  void apply(const std::vector<StorePut>& puts) const;
  void end_leases() const;
  void wake_watches() const;

  const Clock& clock_;
  TxnLimits limits_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Stored, std::less<>> data_;
  mutable std::vector<StoreEvent> changes_;
  mutable std::map<LeaseId, Lease> leases_;
  mutable std::uint64_t revision_ = 0;
  std::uint64_t forgotten_ = 0;
  LeaseId last_lease_ = 0;
  mutable std::mutex watches_mutex_;
  std::set<Watch*> watches_;
};

}  // namespace doors::test
