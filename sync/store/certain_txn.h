#pragma once

#include <functional>
#include <vector>

#include "sync/store/store.h"

namespace doors {

/// txn(), until it is known what became of it: of an unknown outcome the same transaction is tried again,
/// which its compares make harmless, and where it is refused the store is read. It was ours that came first
/// if a key that it compares holds the very value that it puts. So at least one key must be compared and put,
/// with a value that nobody else puts. `pause` is called before each further try, with its number from 1.
/// Still `unknown` after `tries`: it may yet be committed.
[[nodiscard]] Result<TxnOutcome> certain_txn(Store& store, const std::vector<StoreCompare>& compares,
                                             const std::vector<StorePut>& puts,
                                             const std::function<void(int)>& pause, int tries = 6);

/// Sleeps 50 ms before the first further try, then twice as long each time.
void pause_between_tries(int number);

}  // namespace doors
