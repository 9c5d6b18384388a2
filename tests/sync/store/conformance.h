#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "sync/store/store.h"

namespace doors {

/// How the suite makes and handles the store under test. `make` gives an empty one; `reopen` closes it and
/// opens the same again; `pass` lets that much time go by for its leases (a manual clock, or patience).
struct StoreUnderTest {
  std::function<std::unique_ptr<Store>()> make;
  std::function<std::unique_ptr<Store>(std::unique_ptr<Store>)> reopen;
  std::function<void(std::chrono::milliseconds)> pass;
  /// Transactions after which a deletion may be forgotten; 0 if the store never does.
  std::uint64_t kept_revisions = 0;
};

/// What every Store must do, as doctest subcases: call it as the whole of a TEST_CASE.
void check_store_conformance(const StoreUnderTest& under_test);

}  // namespace doors
