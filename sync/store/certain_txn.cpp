#include "sync/store/certain_txn.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <thread>

namespace doors {
namespace {

/// The put of a value under a key that is compared; null if there is none.
const StorePut* evidence_of(const std::vector<StoreCompare>& compares, const std::vector<StorePut>& puts) {
  for (const StorePut& put : puts) {
    const auto same_key = [&](const StoreCompare& compare) { return compare.key == put.key; };
    if (put.value && std::ranges::any_of(compares, same_key)) return &put;
  }
  return nullptr;
}

}  // namespace

Result<TxnOutcome> certain_txn(Store& store, const std::vector<StoreCompare>& compares,
                               const std::vector<StorePut>& puts, const std::function<void(int)>& pause,
                               int tries) {
  const StorePut* const evidence = evidence_of(compares, puts);
  assert(evidence != nullptr);
  bool unknown = false;
  for (int i = 0; i < tries; ++i) {
    if (i > 0) pause(i);
    const auto outcome = store.txn(compares, puts);
    if (!outcome && !unknown) return outcome;  // nothing was done, ever
    if (!outcome || outcome->unknown) {
      unknown = true;
      continue;
    }
    if (outcome->committed) return outcome;
    const auto found = store.get(evidence->key);
    if (!found) {
      unknown = true;
      continue;
    }
    if (*found && (*found)->octets == *evidence->value) return TxnOutcome{true, (*found)->revision};
    return outcome;
  }
  return TxnOutcome{false, 0, true};
}

void pause_between_tries(int number) {
  std::this_thread::sleep_for(std::chrono::milliseconds(50) * (1 << std::min(number - 1, 5)));
}

}  // namespace doors
