#include "sync/pop/arrivals.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>

#include <doctest/doctest.h>

#include "sync/pop/builder.h"
#include "tests/sync/pop/world.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: versions wait for their blobs") {
  using Kind = BuildOutcome::Kind;

  /// A zone so large that its content is a blob, pushed with that serial.
  StoredVersion push_large(World & world, std::string_view zone, std::uint32_t serial) {
    std::string noise;
    for (std::uint64_t i = 1, state = serial; i < 6000; ++i) {
      state = state * 6'364'136'223'846'793'005u + 1;
      noise += "n" + std::to_string(i) + " 300 TXT " + std::to_string(state) + "\n";
    }
    const bool first = serial == 1;
    const StoredVersion before = first ? StoredVersion() : world.head(zone);
    world.must_publish({draft_of(content_of(zone, serial, 3, noise), first ? nullptr : &before)});
    const StoredVersion head = world.head(zone);
    REQUIRE(head.has_blobs());
    return head;
  }

  /// A PoP whose blobs come from the world's directory, if `open`.
  struct Bench {
    explicit Bench(World& of) : world(of), here(*DirectoryBlobStore::open(of.directory / "here")) { load(); }
    void load() {
      images = std::make_unique<ImageFiles>(world.directory / "images");
      REQUIRE(images->open());
      builder = std::make_unique<Builder>(archive, *world.journal, *images, stopping, nullptr, BuildLimits{},
                                          &arrivals);
      REQUIRE(builder->load([&](BuildOutcome outcome) { loaded.push_back(std::move(outcome)); }));
    }
    Result<void> fetch(const BlobFetcher::Wish& wish) {
      {
        const std::scoped_lock lock(mutex);
        if (!open) return failure("it is closed");
      }
      const auto octets = world.blobs->get(wish.hash, wish.octets);
      return octets ? here->put(wish.hash, *octets) : Unexpected(octets.error());
    }
    void set_open(bool now) {
      const std::scoped_lock lock(mutex);
      open = now;
    }
    BuildOutcome take(const StoredVersion& stored) {
      auto outcomes = builder->take({stored}, world.policy);
      REQUIRE(outcomes.size() == 1);
      return outcomes.front();
    }
    Arrivals::Changes next_changes() {
      for (;;) {
        auto changes = arrivals.take_changes();
        if (!changes.ready.empty() || !changes.problems.empty()) return changes;
        std::unique_lock lock(mutex);
        REQUIRE(changed.wait_for(lock, std::chrono::minutes(1), [&] { return woken; }));
        woken = false;
      }
    }
    World& world;
    std::unique_ptr<DirectoryBlobStore> here;
    Archive archive{*world.store, *here, history_in_tests};
    std::unique_ptr<ImageFiles> images;
    std::atomic<bool> stopping{false};
    std::mutex mutex;
    std::condition_variable changed;
    bool open = true;
    bool woken = false;
    BlobFetcher fetcher{2, [this](const BlobFetcher::Wish& wish) { return fetch(wish); },
                        [this] {
                          const std::scoped_lock lock(mutex);
                          woken = true;
                          changed.notify_one();
                        }};
    Arrivals arrivals{*here, fetcher};
    std::vector<BuildOutcome> loaded;
    std::unique_ptr<Builder> builder;
  };

  TEST_CASE("a version is postponed until its blob is here, then taken; others are not held up") {
    World world("arrivals");
    Bench bench(world);
    const StoredVersion large = push_large(world, "large.", 1);
    CHECK(bench.take(large).kind == Kind::postponed);
    CHECK(bench.take(world.push("small.", 1)).kind == Kind::ready);
    const auto changes = bench.next_changes();
    REQUIRE(changes.ready.size() == 1);
    CHECK(bench.arrivals.waiting() == 0);
    CHECK(bench.take(changes.ready.front()).kind == Kind::ready);
  }

  TEST_CASE("why a blob does not come is told once, and a newer version waits in the older one's place") {
    World world("arrivals-fail");
    Bench bench(world);
    bench.set_open(false);
    CHECK(bench.take(push_large(world, "large.", 1)).kind == Kind::postponed);
    const auto failed = bench.next_changes();
    REQUIRE(failed.problems.size() == 1);
    CHECK(failed.problems.front().second == "it is closed");
    const StoredVersion newer = push_large(world, "large.", 2);
    CHECK(bench.take(newer).kind == Kind::postponed);
    CHECK(bench.arrivals.waiting() == 1);
    bench.set_open(true);
    auto changes = bench.next_changes();
    while (changes.ready.empty()) changes = bench.next_changes();
    REQUIRE(changes.ready.size() == 1);
    CHECK(changes.ready.front().version.number == newer.version.number);
    CHECK(bench.take(changes.ready.front()).kind == Kind::ready);
    CHECK(world.journal->get(*Name::parse("large."))->value().current.version.number == newer.version.number);
  }

  TEST_CASE("nothing is fetched for a version that is not proved") {
    World world("arrivals-forged");
    Bench bench(world);
    const StoredVersion large = push_large(world, "large.", 1);
    const PrivateKey other = *PrivateKey::generate();
    const Policy stranger({Publisher{other.public_key(), {*ZonePattern::parse("*")}}});
    const auto outcomes = bench.builder->take({large}, stranger);
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.front().kind == Kind::refused);
    CHECK(bench.arrivals.waiting() == 0);
  }

  TEST_CASE("an image that is lost with its blob is made again once that is back") {
    World world("arrivals-again");
    Bench bench(world);
    const StoredVersion large = push_large(world, "large.", 1);
    CHECK(bench.take(large).kind == Kind::postponed);
    REQUIRE(bench.take(bench.next_changes().ready.front()).kind == Kind::ready);
    REQUIRE(bench.here->remove(large.version.frames.front().sha256));
    SUBCASE("asked for again while it runs") {
      CHECK(bench.builder->rebuild(large.version.zone).kind == Kind::postponed);
    }
    SUBCASE("found at the start") {
      std::filesystem::remove_all(world.directory / "images");
      bench.loaded.clear();
      bench.load();
      REQUIRE(bench.loaded.size() == 1);
      CHECK(bench.loaded.front().kind == Kind::postponed);
    }
    const auto changes = bench.next_changes();
    REQUIRE(changes.ready.size() == 1);
    CHECK(bench.take(changes.ready.front()).kind == Kind::ready);
  }
}

}  // namespace
}  // namespace doors
