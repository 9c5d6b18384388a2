#include "tests/sync/store/conformance.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "zones/base/octets.h"

namespace doors {
namespace {

std::vector<std::byte> value_of(std::string_view text) {
  const Octets octets = octets_of(text);
  return {octets.begin(), octets.end()};
}
StorePut put(std::string key, std::string_view value, LeaseId lease = 0) {
  return {std::move(key), value_of(value), lease};
}
StorePut deletion(std::string key) { return {std::move(key), std::nullopt, 0}; }

/// The store under test, with its revisions counted from where it began.
class Suite {
 public:
  explicit Suite(const StoreUnderTest& given) : under_test(given), store(given.make()) {
    REQUIRE(store != nullptr);
    base_ = absolute();
  }

  std::uint64_t revision() const { return absolute() - base_; }
  std::uint64_t at(std::uint64_t revision) const { return revision == 0 ? 0 : base_ + revision; }

  std::uint64_t must_put(const std::vector<StorePut>& puts) const {
    const auto outcome = store->txn({}, puts);
    REQUIRE(outcome);
    REQUIRE(outcome->committed);
    return outcome->revision - base_;
  }
  TxnOutcome txn(std::vector<StoreCompare> compares, const std::vector<StorePut>& puts) const {
    for (StoreCompare& compare : compares) compare.revision = at(compare.revision);
    const auto outcome = store->txn(compares, puts);
    REQUIRE(outcome);
    return {outcome->committed, outcome->revision - base_};
  }

  /// "key=value@revision …" of all keys with that prefix.
  std::string listed(std::string_view prefix) const {
    std::string all;
    const auto revision = store->list(prefix, [&](const StoreEntry& entry) {
      all += std::string(entry.key) + "=" + std::string(text_of(entry.value)) + "@" +
             std::to_string(entry.revision - base_) + " ";
    });
    REQUIRE(revision);
    return all;
  }

  std::unique_ptr<StoreWatch> watch(
      std::string prefix, std::uint64_t from, std::function<void()> wake = [] {}) const {
    auto made = store->watch(std::move(prefix), base_ + from, std::move(wake));
    REQUIRE(made);
    return std::move(*made);
  }

  /// What the watch gives until that many events have come: "key=value@revision …", a deletion as
  /// "key@revision", or "compacted".
  std::string taken(StoreWatch& watch, std::size_t events) const {
    std::string all;
    const auto deadline = std::chrono::steady_clock::now() + under_test.patience;
    for (std::size_t come = 0;;) {
      const auto batch = watch.take();
      REQUIRE(batch);
      if (batch->compacted) return all + "compacted";
      for (const StoreEvent& event : batch->events) {
        all += event.key + (event.value ? "=" + std::string(text_of(*event.value)) : "") + "@" +
               std::to_string(event.revision - base_) + " ";
      }
      come += batch->events.size();
      if (come >= events || std::chrono::steady_clock::now() > deadline) return all;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  /// Whether it becomes so within the patience.
  bool in_time(const std::function<bool()>& is_so) const {
    const auto deadline = std::chrono::steady_clock::now() + under_test.patience;
    while (!is_so()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  const StoreUnderTest& under_test;
  std::unique_ptr<Store> store;

 private:
  std::uint64_t absolute() const {
    const auto revision = store->revision();
    REQUIRE(revision);
    return *revision;
  }
  std::uint64_t base_ = 0;
};

void check_transactions(const Suite& suite) {
  Store& store = *suite.store;
  SUBCASE("an empty store has nothing") {
    CHECK(suite.revision() == 0);
    CHECK(suite.listed("").empty());
    CHECK_FALSE(store.get("a")->has_value());
  }
  SUBCASE("every transaction is one revision, and keys are listed in the order of their octets") {
    CHECK(suite.must_put({put("b", "1"), put("a", "1"), put("c/x", "1")}) == 1);
    CHECK(suite.must_put({put("c/a", "2"), put("c", "2")}) == 2);
    CHECK(suite.listed("") == "a=1@1 b=1@1 c=2@2 c/a=2@2 c/x=1@1 ");
    CHECK(suite.listed("c/") == "c/a=2@2 c/x=1@1 ");
    CHECK(suite.listed("d").empty());
    CHECK(store.get("c")->value().revision == suite.at(2));
    CHECK(text_of(store.get("c/x")->value().octets) == "1");
    CHECK(suite.revision() == 2);
    CHECK(store.state().reachable);
    CHECK(store.state().revision == suite.at(2));
  }
  SUBCASE("keys and values may hold any octets") {
    const std::string key("k\0\xff\x01", 4);
    const std::string value("\0\0\xfe", 3);
    suite.must_put({put(key, value), put("empty", ""), put("\xff\xff", "last")});
    CHECK(text_of(store.get(key)->value().octets) == value);
    CHECK(store.get("empty")->value().octets.empty());
    CHECK(suite.listed(std::string("k\0", 2)) == key + "=" + value + "@1 ");
    CHECK(suite.listed("\xff") == "\xff\xff=last@1 ");
  }
  SUBCASE("a transaction whose compares do not all hold changes nothing") {
    suite.must_put({put("a", "1"), put("b", "1")});
    const TxnOutcome refused = suite.txn({{"a", 1}, {"b", 7}}, {put("a", "2"), put("c", "2")});
    CHECK_FALSE(refused.committed);
    CHECK(refused.revision == 1);
    CHECK_FALSE(suite.txn({{"a", 0}}, {put("a", "2")}).committed);
    CHECK_FALSE(suite.txn({{"absent", 1}}, {put("a", "2")}).committed);
    CHECK(suite.listed("") == "a=1@1 b=1@1 ");
    const TxnOutcome done =
        suite.txn({{"a", 1}, {"b", 1}, {"absent", 0}}, {put("a", "2"), deletion("b"), put("c", "2")});
    CHECK(done.committed);
    CHECK(done.revision == 2);
    CHECK(suite.listed("") == "a=2@2 c=2@2 ");
  }
  SUBCASE("a deleted key is gone and can come again") {
    suite.must_put({put("a", "1")});
    suite.must_put({deletion("a"), deletion("never")});
    CHECK_FALSE(store.get("a")->has_value());
    CHECK(suite.txn({{"a", 0}}, {put("a", "3")}).committed);
    CHECK(suite.listed("") == "a=3@3 ");
  }
  SUBCASE("bad transactions are errors") {
    CHECK_FALSE(store.txn({}, {put("a", "1"), put("a", "2")}));
    CHECK_FALSE(store.txn({}, {put("", "1")}));
    CHECK_FALSE(store.txn({}, {put(std::string(Store::max_key_octets + 1, 'k'), "1")}));
    CHECK(store.txn({}, {put(std::string(Store::max_key_octets, 'k'), "1")}));
    CHECK(suite.revision() == 1);
  }
  SUBCASE("as many keys as it says fit into one transaction, which is one revision; more are an error") {
    const std::size_t most = std::min<std::size_t>(store.limits().puts, 10'000);
    std::vector<StorePut> puts;
    for (std::size_t i = 0; i < most; ++i) puts.push_back(put("k" + std::to_string(i), "v"));
    const auto watch = suite.watch("", 1);
    CHECK(suite.must_put(puts) == 1);
    const std::string all = suite.taken(*watch, most);
    CHECK(static_cast<std::size_t>(std::ranges::count(all, '@')) == most);
    if (store.limits().puts > most) return;
    puts.push_back(put("one-more", "v"));
    CHECK_FALSE(store.txn({}, puts));
    CHECK(suite.revision() == 1);
  }
  SUBCASE("as many octets as it says fit into one transaction") {
    const std::size_t most = std::min<std::size_t>(store.limits().octets, 4 << 20) - 64;
    suite.must_put({put("large", std::string(most, 'x'))});
    CHECK(store.get("large")->value().octets.size() == most);
  }
  SUBCASE("a listing of many keys is whole, in order and of one revision") {
    std::string expected;
    for (int i = 0; i < 2500; i += 100) {
      std::vector<StorePut> puts;
      for (int k = i; k < i + 100; ++k) puts.push_back(put("m/" + std::to_string(10'000 + k), "v"));
      suite.must_put(puts);
    }
    std::string last;
    std::size_t count = 0;
    const auto revision = store.list("m/", [&](const StoreEntry& entry) {
      CHECK(entry.key > last);
      last = entry.key;
      ++count;
    });
    CHECK(count == 2500);
    CHECK(*revision == suite.at(25));
  }
}

void check_watches(Suite& suite) {
  SUBCASE("a watch gives changes from its revision on, by revision, and only of its prefix") {
    suite.must_put({put("z/a", "1"), put("y", "1")});
    suite.must_put({put("z/b", "2")});
    std::atomic<int> woken = 0;
    const auto watch = suite.watch("z/", 2, [&] { ++woken; });
    CHECK(suite.taken(*watch, 1) == "z/b=2@2 ");
    suite.must_put({put("y", "3")});
    suite.must_put({put("z/c", "4"), put("z/a", "4")});
    suite.must_put({deletion("z/b")});
    // Within one revision the order is the store's affair.
    const std::string all = suite.taken(*watch, 3);
    CHECK((all == "z/c=4@4 z/a=4@4 z/b@5 " || all == "z/a=4@4 z/c=4@4 z/b@5 "));
    CHECK(woken >= 1);
    CHECK(suite.taken(*watch, 0).empty());
  }
  SUBCASE("a watch from the future begins there") {
    const auto watch = suite.watch("", 3);
    suite.must_put({put("a", "1")});
    suite.must_put({put("a", "2")});
    CHECK(suite.taken(*watch, 0).empty());
    suite.must_put({put("a", "3")});
    CHECK(suite.taken(*watch, 1) == "a=3@3 ");
  }
  SUBCASE("of a key that changes often the newest value comes, and never an older one after it") {
    const auto watch = suite.watch("", 1);
    std::uint64_t last = 0;
    for (int i = 1; i <= 200; ++i) {
      suite.must_put({put("a", std::to_string(i))});
      if (i % 7 != 0) continue;
      const auto batch = watch->take();
      REQUIRE(batch);
      for (const StoreEvent& event : batch->events) {
        CHECK(event.revision > last);
        last = event.revision;
      }
    }
    CHECK(suite.in_time([&] {
      const auto batch = watch->take();
      REQUIRE(batch);
      for (const StoreEvent& event : batch->events) {
        CHECK(event.revision > last);
        last = event.revision;
      }
      return last == suite.at(200);
    }));
  }
  SUBCASE("list and then watch from there loses nothing") {
    suite.must_put({put("a", "1")});
    std::map<std::string, std::string> state;
    const auto at = suite.store->list(
        "", [&](const StoreEntry& entry) { state[std::string(entry.key)] = text_of(entry.value); });
    suite.must_put({put("b", "2")});
    suite.must_put({deletion("a")});
    const auto watch = suite.store->watch("", *at + 1, [] {});
    CHECK(suite.in_time([&] {
      const auto batch = (*watch)->take();
      REQUIRE(batch);
      for (const StoreEvent& event : batch->events) {
        if (event.value)
          state[event.key] = text_of(*event.value);
        else
          state.erase(event.key);
      }
      return state == std::map<std::string, std::string>{{"b", "2"}};
    }));
  }
  SUBCASE("a watch over more than the store remembers is told so") {
    suite.must_put({put("gone", "1")});
    suite.must_put({deletion("gone")});
    suite.must_put({put("a", "x")});
    suite.under_test.forget(*suite.store);
    const auto old = suite.watch("", 1);
    CHECK(suite.taken(*old, 1) == "compacted");
    CHECK(suite.taken(*old, 1) == "compacted");
    const std::uint64_t newest = suite.must_put({put("a", "y")});
    const auto recent = suite.watch("", newest);
    CHECK(suite.taken(*recent, 1) == "a=y@" + std::to_string(newest) + " ");
  }
  SUBCASE("what was committed is there after a restart, and revisions go on") {
    suite.must_put({put("a", "1"), put("b", "1")});
    suite.must_put({deletion("b")});
    suite.store = suite.under_test.reopen(std::move(suite.store));
    REQUIRE(suite.store != nullptr);
    CHECK(suite.listed("") == "a=1@1 ");
    CHECK(suite.must_put({put("c", "3")}) == 3);
    const auto watch = suite.watch("", 2);
    CHECK(suite.taken(*watch, 2) == "b@2 c=3@3 ");
  }
}

void check_leases(const Suite& suite) {
  Store& store = *suite.store;
  const auto ttl = suite.under_test.ttl;
  SUBCASE("a key under a lease goes when the lease ends, and the watch sees it go") {
    const auto lease = store.grant(ttl);
    REQUIRE(lease);
    suite.must_put({put("s/node", "up", *lease), put("s/other", "up")});
    const auto watch = suite.watch("s/", 2);
    suite.under_test.pass(ttl * 6 / 10);
    CHECK(store.keep_alive(*lease));
    suite.under_test.pass(ttl * 6 / 10);
    CHECK(store.get("s/node")->has_value());
    suite.under_test.pass(ttl * 12 / 10);
    CHECK(suite.in_time([&] { return suite.listed("s/") == "s/other=up@1 "; }));
    CHECK(suite.taken(*watch, 1) == "s/node@2 ");
    CHECK_FALSE(store.keep_alive(*lease));
    CHECK_FALSE(store.txn({}, {put("s/node", "up", *lease)}));
  }
  SUBCASE("a lease can be given back, and a key put without it no longer hangs on it") {
    const auto lease = store.grant(ttl);
    suite.must_put({put("a", "1", *lease), put("b", "1", *lease)});
    suite.must_put({put("b", "2")});
    REQUIRE(store.revoke(*lease));
    CHECK(suite.listed("") == "b=2@2 ");
  }
}

}  // namespace

void check_store_conformance(const StoreUnderTest& under_test) {
  Suite suite(under_test);
  check_transactions(suite);
  check_watches(suite);
  check_leases(suite);
}

}  // namespace doors
