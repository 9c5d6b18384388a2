#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "sync/store/store.h"

namespace doors {

/// How the suite makes and handles the store under test. `make` gives an empty one; `reopen` closes it and
/// opens the same again; `pass` lets that much time go by for its leases (a manual clock, or patience);
/// `forget` makes it forget all deletions so far.
struct StoreUnderTest {
  std::function<std::unique_ptr<Store>()> make;
  std::function<std::unique_ptr<Store>(std::unique_ptr<Store>)> reopen;
  std::function<void(std::chrono::milliseconds)> pass;
  std::function<void(Store&)> forget;
  std::chrono::milliseconds ttl{5000};       ///< of the leases that the suite takes
  std::chrono::milliseconds patience{5000};  ///< how long a watch may take to give what has happened
};

/// What every Store must do, as doctest subcases: call it as the whole of a TEST_CASE.
void check_store_conformance(const StoreUnderTest& under_test);

}  // namespace doors
