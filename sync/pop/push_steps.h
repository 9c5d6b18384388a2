#pragma once

#include <utility>
#include <vector>

#include "sync/store/store.h"

namespace doors {

/// The transactions of a push: one, if the store takes one so large. Else what nobody looks at yet (blob
/// keys) comes first; then the heads, as many to a transaction as fit, but of a zone all or nothing; then
/// what goes out of the history. A zone is so never seen in part, and a push that broke off can be pushed
/// again.
class PushSteps {
 public:
  struct Zone {
    std::vector<StoreCompare> compares;  ///< its head, and what else is put with it
    std::vector<StorePut> before;        ///< harmless, as long as `puts` is not there
    std::vector<StorePut> puts;          ///< with the head
    std::vector<StorePut> after;         ///< harmless to leave out for a while
  };
  explicit PushSteps(TxnLimits limits) noexcept : limits_(limits) {}
  void add(Zone zone) { zones_.push_back(std::move(zone)); }

  /// The outcome of the whole, each transaction's being certain (certain_txn.h). Error: nothing was done, or
  /// it says how many zones are published.
  [[nodiscard]] Result<TxnOutcome> commit(Store& store) &&;

 private:
  [[nodiscard]] Result<TxnOutcome> commit_at_once(Store& store);
  [[nodiscard]] Result<void> put_all(Store& store, std::vector<StorePut> Zone::*puts) const;

  TxnLimits limits_;
  std::vector<Zone> zones_;
};

}  // namespace doors
