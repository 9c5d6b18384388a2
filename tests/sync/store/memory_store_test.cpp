#include "tests/support/memory_store.h"

#include <doctest/doctest.h>

#include "tests/sync/store/conformance.h"

namespace doors {
namespace {

TEST_SUITE("store: in memory, for tests") {
  void check(TxnLimits limits) {
    ManualClock clock;
    check_store_conformance({[&] {
                               auto store = std::make_unique<test::MemoryStore>(clock);
                               store->set_limits(limits);
                               return store;
                             },
                             [](std::unique_ptr<Store> store) { return store; },
                             [&](std::chrono::milliseconds time) { clock.advance(time); },
                             [](Store& store) { dynamic_cast<test::MemoryStore&>(store).forget(); }});
  }
  TEST_CASE("it conforms") { check({}); }
  TEST_CASE("it conforms with small transactions") { check({128, 1 << 20}); }
}

}  // namespace
}  // namespace doors
