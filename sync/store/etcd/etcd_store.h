#pragma once

#include <memory>
#include <string>

#include "sync/store/etcd/etcd_settings.h"
#include "sync/store/store.h"
#include "zones/base/clock.h"

namespace doors {

/// The engine: etcd's v3 API. Keys lie below one prefix; a revision is etcd's own, which other keys raise
/// too. Reads are linearizable, and asked of every endpoint in turn. Calls block, for the timeout times the
/// endpoints at most; revisions that etcd has compacted are listed anew.
class EtcdStore final : public Store {
 public:
  /// Does not wait for the engine. Error: a PEM file cannot be read. `clock` must outlive the store. No fork
  /// after it: gRPC has threads.
  [[nodiscard]] static Result<std::unique_ptr<EtcdStore>> open(const EtcdSettings& settings,
                                                               const Clock& clock);
  ~EtcdStore() override;

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
  [[nodiscard]] TxnLimits limits() const noexcept override;
  [[nodiscard]] StoreState state() const override;

  /// Other endpoints, certificates or timeout, from now on; the prefix stays. Error: nothing changes.
  [[nodiscard]] Result<void> reconfigure(const EtcdSettings& settings);
  /// Forgets what was before `revision`, for every user of the engine; who watches from there lists anew.
  [[nodiscard]] Result<void> compact(std::uint64_t revision);

 private:
  class Impl;
  explicit EtcdStore(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace doors
