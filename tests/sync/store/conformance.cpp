#include "tests/sync/store/conformance.h"

#include <map>
#include <string>

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

std::uint64_t must_put(Store& store, const std::vector<StorePut>& puts) {
  const auto outcome = store.txn({}, puts);
  REQUIRE(outcome);
  REQUIRE(outcome->committed);
  return outcome->revision;
}

/// "key=value@revision …" of all keys with that prefix.
std::string listed(const Store& store, std::string_view prefix) {
  std::string all;
  const auto revision = store.list(prefix, [&](const StoreEntry& entry) {
    all += std::string(entry.key) + "=" + std::string(text_of(entry.value)) + "@" +
           std::to_string(entry.revision) + " ";
  });
  REQUIRE(revision);
  return all;
}

/// "key=value@revision …", a deletion as "key@revision", or "compacted".
std::string taken(StoreWatch& watch) {
  const auto batch = watch.take();
  REQUIRE(batch);
  std::string all = batch->compacted ? "compacted" : "";
  for (const StoreEvent& event : batch->events) {
    all += event.key + (event.value ? "=" + std::string(text_of(*event.value)) : "") + "@" +
           std::to_string(event.revision) + " ";
  }
  return all;
}

}  // namespace

void check_store_conformance(const StoreUnderTest& under_test) {
  std::unique_ptr<Store> store = under_test.make();
  REQUIRE(store != nullptr);

  SUBCASE("an empty store has nothing and no revision") {
    CHECK(*store->revision() == 0);
    CHECK(listed(*store, "").empty());
    CHECK_FALSE(store->get("a")->has_value());
  }
  SUBCASE("every transaction is one revision, and keys are listed in the order of their octets") {
    CHECK(must_put(*store, {put("b", "1"), put("a", "1"), put("c/x", "1")}) == 1);
    CHECK(must_put(*store, {put("c/a", "2"), put("c", "2")}) == 2);
    CHECK(listed(*store, "") == "a=1@1 b=1@1 c=2@2 c/a=2@2 c/x=1@1 ");
    CHECK(listed(*store, "c/") == "c/a=2@2 c/x=1@1 ");
    CHECK(listed(*store, "d").empty());
    CHECK(store->get("c")->value().revision == 2);
    CHECK(text_of(store->get("c/x")->value().octets) == "1");
    CHECK(*store->revision() == 2);
  }
  SUBCASE("keys and values may hold any octets") {
    const std::string key("k\0\xff\x01", 4);
    const std::string value("\0\0\xfe", 3);
    must_put(*store, {put(key, value), put("empty", "")});
    CHECK(text_of(store->get(key)->value().octets) == value);
    CHECK(store->get("empty")->value().octets.empty());
    CHECK(listed(*store, std::string("k\0", 2)) == key + "=" + value + "@1 ");
  }
  SUBCASE("a transaction whose compares do not all hold changes nothing") {
    must_put(*store, {put("a", "1"), put("b", "1")});
    const auto refused = store->txn({{"a", 1}, {"b", 7}}, {put("a", "2"), put("c", "2")});
    REQUIRE(refused);
    CHECK_FALSE(refused->committed);
    CHECK(refused->revision == 1);
    CHECK_FALSE(store->txn({{"a", 0}}, {put("a", "2")})->committed);
    CHECK_FALSE(store->txn({{"absent", 1}}, {put("a", "2")})->committed);
    CHECK(listed(*store, "") == "a=1@1 b=1@1 ");
    const auto done =
        store->txn({{"a", 1}, {"b", 1}, {"absent", 0}}, {put("a", "2"), deletion("b"), put("c", "2")});
    REQUIRE(done);
    CHECK(done->committed);
    CHECK(done->revision == 2);
    CHECK(listed(*store, "") == "a=2@2 c=2@2 ");
  }
  SUBCASE("a deleted key is gone and can come again") {
    must_put(*store, {put("a", "1")});
    must_put(*store, {deletion("a"), deletion("never")});
    CHECK_FALSE(store->get("a")->has_value());
    CHECK(store->txn({{"a", 0}}, {put("a", "3")})->committed);
    CHECK(listed(*store, "") == "a=3@3 ");
  }
  SUBCASE("bad transactions are errors") {
    CHECK_FALSE(store->txn({}, {put("a", "1"), put("a", "2")}));
    CHECK_FALSE(store->txn({}, {put("", "1")}));
    CHECK_FALSE(store->txn({}, {put(std::string(Store::max_key_octets + 1, 'k'), "1")}));
    CHECK(store->txn({}, {put(std::string(Store::max_key_octets, 'k'), "1")}));
    CHECK(*store->revision() == 1);
  }
  SUBCASE("a watch gives changes from its revision on, by revision, and only of its prefix") {
    must_put(*store, {put("z/a", "1"), put("y", "1")});
    must_put(*store, {put("z/b", "2")});
    int woken = 0;
    auto watch = store->watch("z/", 2, [&] { ++woken; });
    REQUIRE(watch);
    CHECK(taken(**watch) == "z/b=2@2 ");
    CHECK(taken(**watch).empty());
    must_put(*store, {put("y", "3")});
    must_put(*store, {put("z/c", "4"), put("z/a", "4")});
    must_put(*store, {deletion("z/b")});
    under_test.pass(std::chrono::milliseconds(0));
    CHECK(woken >= 1);
    CHECK(taken(**watch) == "z/c=4@4 z/a=4@4 z/b@5 ");
    CHECK(taken(**watch).empty());
  }
  SUBCASE("a watch from the future begins there") {
    auto watch = store->watch("", 3, [] {});
    must_put(*store, {put("a", "1")});
    must_put(*store, {put("a", "2")});
    CHECK(taken(**watch).empty());
    must_put(*store, {put("a", "3")});
    CHECK(taken(**watch) == "a=3@3 ");
  }
  SUBCASE("list and then watch from there loses nothing") {
    must_put(*store, {put("a", "1")});
    std::map<std::string, std::string> state;
    const auto at = store->list(
        "", [&](const StoreEntry& entry) { state[std::string(entry.key)] = text_of(entry.value); });
    must_put(*store, {put("b", "2")});
    must_put(*store, {deletion("a")});
    auto watch = store->watch("", *at + 1, [] {});
    const auto batch = (*watch)->take();
    REQUIRE(batch);
    for (const StoreEvent& event : batch->events) {
      if (event.value)
        state[event.key] = text_of(*event.value);
      else
        state.erase(event.key);
    }
    CHECK(state == std::map<std::string, std::string>{{"b", "2"}});
  }
  SUBCASE("a watch over more than the store remembers is told so") {
    if (under_test.kept_revisions == 0) return;
    must_put(*store, {put("gone", "1")});
    must_put(*store, {deletion("gone")});
    for (std::uint64_t i = 0; i < under_test.kept_revisions + 600; ++i) must_put(*store, {put("a", "x")});
    auto old = store->watch("", 1, [] {});
    CHECK(taken(**old) == "compacted");
    CHECK(taken(**old) == "compacted");
    auto recent = store->watch("", *store->revision(), [] {});
    CHECK(taken(**recent) == "a=x@" + std::to_string(*store->revision()) + " ");
  }
  SUBCASE("what was committed is there after a restart, and revisions go on") {
    must_put(*store, {put("a", "1"), put("b", "1")});
    must_put(*store, {deletion("b")});
    store = under_test.reopen(std::move(store));
    REQUIRE(store != nullptr);
    CHECK(listed(*store, "") == "a=1@1 ");
    CHECK(must_put(*store, {put("c", "3")}) == 3);
    auto watch = store->watch("", 2, [] {});
    CHECK(taken(**watch) == "b@2 c=3@3 ");
  }
  SUBCASE("a key under a lease goes when the lease ends, and the watch sees it go") {
    const auto lease = store->grant(std::chrono::seconds(5));
    REQUIRE(lease);
    must_put(*store, {put("s/node", "up", *lease), put("s/other", "up")});
    auto watch = store->watch("s/", 2, [] {});
    under_test.pass(std::chrono::seconds(3));
    CHECK(store->keep_alive(*lease));
    under_test.pass(std::chrono::seconds(3));
    CHECK(store->get("s/node")->has_value());
    under_test.pass(std::chrono::seconds(6));
    CHECK(listed(*store, "s/") == "s/other=up@1 ");
    CHECK(taken(**watch) == "s/node@2 ");
    CHECK_FALSE(store->keep_alive(*lease));
    CHECK_FALSE(store->txn({}, {put("s/node", "up", *lease)}));
  }
  SUBCASE("a lease can be given back, and a key put without it no longer hangs on it") {
    const auto lease = store->grant(std::chrono::seconds(5));
    must_put(*store, {put("a", "1", *lease), put("b", "1", *lease)});
    must_put(*store, {put("b", "2")});
    REQUIRE(store->revoke(*lease));
    CHECK(listed(*store, "") == "b=2@2 ");
  }
  SUBCASE("ten thousand keys in one transaction are one revision") {
    std::vector<StorePut> puts;
    for (int i = 0; i < 10'000; ++i) puts.push_back(put("k" + std::to_string(i), "v"));
    auto watch = store->watch("", 1, [] {});
    CHECK(must_put(*store, puts) == 1);
    const auto batch = (*watch)->take();
    REQUIRE(batch);
    CHECK(batch->events.size() == 10'000);
  }
}

}  // namespace doors
