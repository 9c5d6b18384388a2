#include "sync/store/lmdb/lmdb_store.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include <doctest/doctest.h>

#include "tests/sync/store/conformance.h"
#include "tests/zones/base/temporary_directory.h"
#include "zones/base/file.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("store: embedded (LMDB)") {
  const test::TemporaryDirectory all;  // gone when the tests are over
  const std::filesystem::path directory = all / "lmdb-store";
  const LmdbStore::Settings settings{1ull << 30, 100};

  std::unique_ptr<Store> open_store(const Clock& clock) {
    auto store = LmdbStore::open(directory, settings, clock);
    REQUIRE(store);
    return std::move(*store);
  }
  void fill(int keys) {
    const ManualClock clock;
    const auto store = open_store(clock);
    std::vector<StorePut> puts;
    for (int i = 0; i < keys; ++i) {
      puts.push_back({"key" + std::to_string(i),
                      std::vector<std::byte>(static_cast<std::size_t>(i * 37 % 5000), std::byte{0x5a}), 0});
      if (i % 10 != 9) continue;
      REQUIRE(store->txn({}, puts));
      puts.clear();
    }
  }

  TEST_CASE("it conforms") {
    std::filesystem::remove_all(directory);
    ManualClock clock;
    check_store_conformance({[&] { return open_store(clock); },
                             [&](std::unique_ptr<Store> store) {
                               store.reset();
                               return open_store(clock);
                             },
                             [&](std::chrono::milliseconds time) { clock.advance(time); },
                             [&](Store& store) {
                               for (std::uint64_t i = 0; i < settings.kept_revisions + 600; ++i) {
                                 REQUIRE(store.txn({}, {{"later", std::vector<std::byte>(1), 0}}));
                               }
                             }});
  }

  TEST_CASE("leases end with the process") {
    std::filesystem::remove_all(directory);
    const ManualClock clock;
    {
      const auto store = open_store(clock);
      const auto lease = store->grant(std::chrono::hours(1));
      REQUIRE(store->txn(
          {}, {{"status", std::vector<std::byte>(1), *lease}, {"kept", std::vector<std::byte>(1), 0}}));
    }
    const auto store = open_store(clock);
    CHECK_FALSE(store->get("status")->has_value());
    CHECK(store->get("kept")->has_value());
  }

  TEST_CASE("a second process, or a second opening, is refused") {
    std::filesystem::remove_all(directory);
    const ManualClock clock;
    const auto store = open_store(clock);
    CHECK_FALSE(LmdbStore::open(directory, settings, clock));
  }

  TEST_CASE("readers beside a writer see whole transactions") {
    std::filesystem::remove_all(directory);
    const ManualClock clock;
    const auto store = open_store(clock);
    std::atomic<bool> done{false};
    std::thread writer([&] {
      for (int i = 0; i < 200; ++i) {
        const std::vector<std::byte> value{static_cast<std::byte>(i)};
        if (!store->txn({}, {{"a", value, 0}, {"b", value, 0}})) break;
      }
      done = true;
    });
    bool torn = false;
    while (!done) {
      std::vector<std::byte> seen;
      (void)store->list("", [&](const StoreEntry& entry) { seen.push_back(entry.value[0]); });
      torn = torn || (seen.size() == 2 && seen[0] != seen[1]) || seen.size() == 1;
    }
    writer.join();
    CHECK_FALSE(torn);
    CHECK(*store->revision() == 200);
  }

  TEST_CASE("a sound store has no damage, and a missing one neither") {
    std::filesystem::remove_all(directory);
    CHECK_FALSE(LmdbStore::find_damage(directory, settings));
    fill(50);
    CHECK_FALSE(LmdbStore::find_damage(directory, settings));
  }

  TEST_CASE("damage is found in a child, whatever it does to a reader") {
    std::filesystem::remove_all(directory);
    fill(300);
    const std::filesystem::path file = directory / "data.mdb";
    const auto good = *read_file(file, 1u << 30);
    SUBCASE("the file is cut in half") {
      std::filesystem::resize_file(file, good.size() / 2);
      CHECK(LmdbStore::find_damage(directory, settings));
    }
    SUBCASE("every page is overwritten behind the first two") {
      auto bad = good;
      for (std::size_t i = 8192; i < bad.size(); i += 7) bad[i] ^= std::byte{0xff};
      REQUIRE(write_file_durably(file, bad));
      CHECK(LmdbStore::find_damage(directory, settings));
    }
    SUBCASE("it is no LMDB file at all") {
      REQUIRE(write_file_durably(file, octets_of("not an environment, but a text of some length")));
      CHECK(LmdbStore::find_damage(directory, settings));
    }
    SUBCASE("the damaged one is set aside and a new one opens") {
      std::filesystem::resize_file(file, good.size() / 2);
      const auto aside = lmdb::set_aside(directory);
      REQUIRE(aside);
      CHECK(std::filesystem::exists(*aside / "data.mdb"));
      const ManualClock clock;
      CHECK(*open_store(clock)->revision() == 0);
      std::filesystem::remove_all(*aside);
    }
  }

  TEST_CASE(
      "of single flipped octets none gives a wrong value: each is found, or touches nothing that is read") {
    std::filesystem::remove_all(directory);
    fill(100);
    const std::filesystem::path file = directory / "data.mdb";
    const auto good = *read_file(file, 1u << 30);
    const ManualClock clock;
    std::vector<std::string> before;
    {
      const auto store = open_store(clock);
      (void)store->list("", [&](const StoreEntry& entry) {
        before.push_back(std::string(entry.key) + std::string(text_of(entry.value)));
      });
    }
    int found = 0;
    for (std::size_t n = 0; n < 60; ++n) {
      auto bad = good;
      bad[(n * 7919 + 4099) * 31 % bad.size()] ^= std::byte{0x10};
      REQUIRE(write_file_durably(file, bad));
      if (LmdbStore::find_damage(directory, settings)) {
        ++found;
        continue;
      }
      const auto store = LmdbStore::open(directory, settings, clock);
      if (!store) continue;
      (void)(*store)->list("key", [&](const StoreEntry& entry) {
        const std::string seen = std::string(entry.key) + std::string(text_of(entry.value));
        CHECK(std::find(before.begin(), before.end(), seen) != before.end());
      });
    }
    MESSAGE(found, " of 60 flips were found");
  }
}

}  // namespace
}  // namespace doors
