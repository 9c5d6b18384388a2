#include "sync/store/etcd/etcd_store.h"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "sync/store/certain_txn.h"
#include "tests/support/etcd_servers.h"
#include "tests/sync/store/conformance.h"
#include "tests/zones/base/temporary_directory.h"

namespace doors {
namespace {

TEST_SUITE("store: etcd") {
  const RealClock clock;

  /// Servers that are there for all cases of this file, and a store of their own for each.
  class Engine {
   public:
    explicit Engine(std::size_t members) : servers(directory / "etcd", members) {
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      const auto probe = open();
      while (!probe->revision()) REQUIRE(std::chrono::steady_clock::now() < deadline);
    }
    [[nodiscard]] std::unique_ptr<EtcdStore> open() const {
      EtcdSettings settings;
      settings.endpoints = servers.endpoints();
      settings.prefix = "test" + std::to_string(prefix) + "/";
      auto store = EtcdStore::open(settings, clock);
      REQUIRE(store);
      return std::move(*store);
    }
    std::unique_ptr<EtcdStore> open_empty() {
      ++prefix;
      return open();
    }
    const test::TemporaryDirectory directory;
    test::EtcdServers servers;
    int prefix = 0;
  };
  Engine& engine_of_one() {
    static Engine engine(1);
    return engine;
  }
  Engine& engine_of_three() {
    static Engine engine(3);
    return engine;
  }

  std::vector<std::byte> octets(std::string_view text) {
    const Octets all = octets_of(text);
    return {all.begin(), all.end()};
  }

  void check_conformance(Engine & engine) {
    check_store_conformance(
        {[&] { return engine.open_empty(); },
         [&](std::unique_ptr<Store> store) {
           store.reset();
           for (std::size_t i = 0; i < engine.servers.endpoints().size(); ++i) {
             engine.servers.kill(i);
           }
           for (std::size_t i = 0; i < engine.servers.endpoints().size(); ++i) {
             engine.servers.start(i);
           }
           auto again = engine.open();
           const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
           while (!again->revision()) {
             REQUIRE(std::chrono::steady_clock::now() < deadline);
           }
           return again;
         },
         [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); },
         [](Store& store) { REQUIRE(dynamic_cast<EtcdStore&>(store).compact(*store.revision())); },
         std::chrono::seconds(2), std::chrono::seconds(20)});
  }

  TEST_CASE("one member conforms") { check_conformance(engine_of_one()); }
  TEST_CASE("three members conform") { check_conformance(engine_of_three()); }

  TEST_CASE("whichever member is killed, no committed transaction is lost and the watch goes on") {
    Engine& engine = engine_of_three();
    const auto store = engine.open_empty();
    const auto from = store->revision();
    REQUIRE(from);
    const auto watch = store->watch("", *from + 1, [] {});
    std::uint64_t revision = 0;
    int committed = 0;
    std::string seen;
    for (std::size_t victim = 0; victim < 3; ++victim) {
      for (int i = 0; i < 20; ++i) {
        if (i == 5) engine.servers.kill(victim);
        if (i == 15) engine.servers.start(victim);
        const auto value = octets(std::to_string(++committed));
        // An error says that nothing was done: the member that came back may not be ready for the next to go.
        const auto tried_until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        auto outcome = certain_txn(*store, {{"a", revision}}, {{"a", value, 0}}, pause_between_tries, 20);
        while (!outcome) {
          REQUIRE(std::chrono::steady_clock::now() < tried_until);
          outcome = certain_txn(*store, {{"a", revision}}, {{"a", value, 0}}, pause_between_tries, 20);
        }
        REQUIRE(outcome->committed);
        revision = outcome->revision;
        auto found = store->get("a");
        while (!found) {
          REQUIRE(std::chrono::steady_clock::now() < tried_until);
          found = store->get("a");
        }
        CHECK(found->value().octets == value);
      }
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (seen != std::to_string(committed)) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      const auto batch = (*watch)->take();
      REQUIRE(batch);
      REQUIRE_FALSE(batch->compacted);
      for (const StoreEvent& event : batch->events) seen = std::string(text_of(*event.value));
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  TEST_CASE("with no engine there it says so, since when, and that nothing was done; then it catches up") {
    Engine& engine = engine_of_one();
    const auto store = engine.open_empty();
    const auto from = store->revision();
    REQUIRE(from);
    std::atomic<int> woken = 0;
    const auto watch = store->watch("", *from + 1, [&] { ++woken; });
    CHECK(store->state().reachable);
    engine.servers.kill(0);
    CHECK_FALSE(store->get("a"));
    CHECK_FALSE(store->state().reachable);
    CHECK_FALSE(store->state().reason.empty());
    const Monotonic since = store->state().since;
    const auto outcome = store->txn({}, {{"a", octets("1"), 0}});
    CHECK((!outcome || outcome->unknown));
    CHECK(store->state().since == since);
    engine.servers.start(0);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!store->revision()) REQUIRE(std::chrono::steady_clock::now() < deadline);
    CHECK(store->state().reachable);
    REQUIRE(store->txn({}, {{"a", octets("2"), 0}})->committed);
    while (woken == 0) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  TEST_CASE("a certificate that cannot be read is an error") {
    EtcdSettings settings;
    settings.ca = "/nonexistent/ca.pem";
    const auto store = EtcdStore::open(settings, clock);
    REQUIRE_FALSE(store);
    CHECK(store.error().message == "cannot read /nonexistent/ca.pem");
  }
}

}  // namespace
}  // namespace doors
