#include "sync/pop/builder.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <fcntl.h>

#include "tests/sync/pop/world.h"
#include "zones/base/file.h"
#include "zones/image/image.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: building images") {
  using Kind = BuildOutcome::Kind;

  /// Builder and image directory of a world; made again, it is the agent after a restart.
  struct Bench {
    explicit Bench(World& of) : world(of), images(of.directory / "images") {
      REQUIRE(images.open());
      REQUIRE(builder.load([&](BuildOutcome outcome) { loaded.push_back(std::move(outcome)); }));
    }
    BuildOutcome take_one(const StoredVersion& stored) {
      auto outcomes = builder.take({stored}, world.policy);
      REQUIRE(outcomes.size() == 1);
      return outcomes.front();
    }
    World& world;
    ImageFiles images;
    std::atomic<bool> stopping{false};
    Builder builder{*world.archive, *world.journal, images, stopping};
    std::vector<BuildOutcome> loaded;
  };

  std::uint32_t serial_in(const std::filesystem::path& image) {
    const UniqueFd file(::open(image.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(file);
    const auto opened = ZoneImage::open(file.get());
    REQUIRE(opened);
    return (*opened)->version().serial;
  }
  std::size_t image_count(const World& world) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(world.directory / "images")) {
      CHECK(entry.path().extension() == ".img");
      ++count;
    }
    return count;
  }

  TEST_CASE("a version becomes a journal entry and an image that opens") {
    World world("builder");
    Bench bench(world);
    const auto outcome = bench.take_one(world.push("example.", 7));
    CHECK(outcome.kind == Kind::ready);
    CHECK(outcome.number == VersionNumber{1, 1});
    CHECK(serial_in(outcome.image) == 7);
    CHECK(world.journal->get(*Name::parse("example."))->value().current.version.serial == Serial(7));
    CHECK(bench.take_one(world.head("example.")).kind == Kind::unchanged);
  }

  TEST_CASE("what a push unpacked is not fetched again, and only the version it is of gets it") {
    World world("builder-fresh");
    FreshContent fresh;
    std::string noise;  // so much of it that the content is not stored inline
    for (std::uint64_t i = 1, state = 1; i < 6000; ++i) {
      state = state * 6'364'136'223'846'793'005u + 1;
      noise += "n" + std::to_string(i) + " 300 TXT " + std::to_string(state) + "\n";
    }
    const auto publish = [&](std::string_view zone) {
      const Content content = content_of(zone, 1, 3, noise);
      return doors::publish(*world.archive, world.policy, world.bundle_of({draft_of(content)}), {}, &fresh)
          .revision;
    };
    REQUIRE(publish("other.example."));
    REQUIRE(publish("example."));
    Bench bench(world);
    Builder builder(*world.archive, *world.journal, bench.images, bench.stopping, &fresh);
    std::filesystem::remove_all(world.directory / "blobs");
    const auto take = [&](std::string_view zone) {
      return builder.take({world.head(zone)}, world.policy).front().kind;
    };
    REQUIRE(world.head("example.").has_blobs());
    CHECK(take("other.example.") == Kind::refused);
    CHECK(take("example.") == Kind::ready);
    CHECK_FALSE(fresh.take(world.head("example.").signed_version.hash()));
  }

  TEST_CASE("two generations stay, older ones go, a deleted zone leaves nothing") {
    World world("builder-tidy");
    Bench bench(world);
    const Name zone = *Name::parse("example.");
    for (std::uint32_t serial = 1; serial <= 4; ++serial) {
      CHECK(bench.take_one(world.push("example.", serial)).kind == Kind::ready);
      CHECK(image_count(world) <= 3);
      bench.builder.tidy(zone);
    }
    CHECK(image_count(world) == 2);
    world.must_publish({tombstone_of(world.head("example."))});
    CHECK(bench.take_one(world.head("example.")).kind == Kind::removed);
    CHECK(image_count(world) == 2);  // until doord has swapped
    bench.builder.tidy(zone);
    CHECK(image_count(world) == 0);
    Bench after(world);
    REQUIRE(after.loaded.size() == 1);
    CHECK(after.loaded[0].kind == Kind::removed);
  }

  TEST_CASE("versions may be missed, but never replayed or forked") {
    World world("builder-chain");
    Bench bench(world);
    const StoredVersion first = world.push("example.", 1);
    const StoredVersion second = world.push("example.", 2);
    world.push("example.", 3);
    const StoredVersion fourth = world.push("example.", 4);
    CHECK(bench.take_one(second).kind == Kind::ready);
    CHECK(bench.take_one(first).kind == Kind::refused);
    CHECK(bench.take_one(fourth).kind == Kind::ready);
    const auto replay = bench.take_one(second);
    CHECK(replay.kind == Kind::refused);
    CHECK(replay.reason.find("replay") != std::string::npos);
    // The publisher's key in other hands, or two publishers: the same number twice.
    World other("builder-fork");
    const auto forged = World::bundle_of({draft_of(content_of("example.", 9), &second)}, world.key);
    const Bundle bundle = *Bundle::parse(forged);
    Draft fork = draft_of(content_of("example.", 9), &second);
    fork.version.number = fourth.version.number;
    const auto octets = World::bundle_of({fork}, world.key);
    const Bundle forked = *Bundle::parse(octets);
    const StoredVersion twin{
        {forked.push(), 0, {}, {forked.items()[0].record.begin(), forked.items()[0].record.end()}},
        forked.items()[0].version,
        {forked.items()[0].frames.begin(), forked.items()[0].frames.end()}};
    const auto outcome = bench.take_one(twin);
    CHECK(outcome.kind == Kind::refused);
    CHECK(outcome.reason.find("fork") != std::string::npos);
    CHECK(serial_in(bench.images.path(*Name::parse("example."), fourth.version.number)) == 4);
  }

  TEST_CASE("the store is trusted with nothing") {
    World world("builder-trust");
    Bench bench(world);
    const StoredVersion good = world.push("example.", 1);
    SUBCASE("a record changed") {
      StoredVersion bad = good;
      bad.version.serial = Serial(99);
      bad.signed_version.record = *bad.version.encode();
      CHECK(bench.take_one(bad).reason == "bad signature");
    }
    SUBCASE("content changed") {
      StoredVersion bad = good;
      bad.content[10] ^= std::byte{1};
      CHECK(bench.take_one(bad).kind == Kind::refused);
    }
    SUBCASE("content of another zone") {
      StoredVersion bad = good;
      bad.content = world.push("other.", 1).content;
      CHECK(bench.take_one(bad).kind == Kind::refused);
    }
    SUBCASE("a publisher who may not") {
      const Policy narrow({Publisher{world.key.public_key(), {*ZonePattern::parse("other.")}}});
      CHECK(bench.builder.take({good}, narrow).front().kind == Kind::refused);
    }
    SUBCASE("and the good one is still taken afterwards") {}
    CHECK(bench.take_one(good).kind == Kind::ready);
  }

  TEST_CASE("one bad zone of a push does not hold up the others") {
    World world("builder-batch");
    Bench bench(world);
    for (int i = 0; i < 20; ++i) world.push("z" + std::to_string(i) + ".", 1);
    auto heads = world.heads();
    heads[7].content[5] ^= std::byte{1};
    const auto outcomes = bench.builder.take(heads, world.policy);
    CHECK(outcomes.size() == 20);
    CHECK(std::ranges::count(outcomes, Kind::ready, &BuildOutcome::kind) == 19);
    CHECK(image_count(world) == 19);
  }

  TEST_CASE("after a kill between journal and image the image is made from the journal") {
    World world("builder-crash");
    {
      Bench bench(world);
      CHECK(bench.take_one(world.push("example.", 1)).kind == Kind::ready);
      CHECK(bench.take_one(world.push("example.", 2)).kind == Kind::ready);
    }
    std::filesystem::remove(world.directory / "images" / "example.1-2.img");
    REQUIRE(
        write_file_durably(world.directory / "images" / "example.1-3.img.tmp", octets_of("half an image")));
    Bench after(world);
    REQUIRE(after.loaded.size() == 1);
    CHECK(after.loaded[0].kind == Kind::ready);
    CHECK(serial_in(after.loaded[0].image) == 2);
    CHECK(image_count(world) == 2);
  }

  TEST_CASE("what a disk did not take is taken when it does") {
    World world("builder-disk");
    Bench bench(world);
    const std::filesystem::path images = world.directory / "images";
    std::filesystem::rename(images, world.directory / "away");  // nothing can be staged
    const StoredVersion first = world.push("example.", 1);
    CHECK(bench.take_one(first).kind == Kind::refused);
    CHECK(bench.builder.take_again());
    CHECK(!*world.journal->get(*Name::parse("example.")));
    std::filesystem::rename(world.directory / "away", images);
    const auto outcome = bench.take_one(first);
    CHECK(outcome.kind == Kind::ready);
    CHECK(!bench.builder.take_again());

    // Behind the journal: the image cannot get its name.
    const StoredVersion second = world.push("example.", 2);
    const std::filesystem::path in_the_way = bench.images.path(second.version.zone, second.version.number);
    std::filesystem::create_directory(in_the_way);
    CHECK(bench.take_one(second).kind == Kind::refused);
    CHECK(bench.builder.take_again());
    CHECK(world.journal->get(*Name::parse("example."))->value().current.version.serial == Serial(2));
    CHECK(bench.take_one(second).kind == Kind::refused);
    CHECK(bench.builder.take_again());
    std::filesystem::remove(in_the_way);
    CHECK(serial_in(bench.take_one(second).image) == 2);
    CHECK(!bench.builder.take_again());
    CHECK(bench.take_one(second).kind == Kind::unchanged);
  }

  TEST_CASE("an image found bad is made again in place") {
    World world("builder-rebuild");
    Bench bench(world);
    const auto outcome = bench.take_one(world.push("example.", 1));
    REQUIRE(write_file_durably(outcome.image, octets_of("damaged")));
    const auto again = bench.builder.rebuild(outcome.zone);
    CHECK(again.kind == Kind::ready);
    CHECK(serial_in(again.image) == 1);
    CHECK(bench.builder.rebuild(*Name::parse("unknown.")).kind == Kind::refused);
  }

  TEST_CASE("a rebuild that the disk stopped is made with the next versions") {
    World world("builder-rebuild-disk");
    Bench bench(world);
    const auto outcome = bench.take_one(world.push("example.", 1));
    const std::filesystem::path images = world.directory / "images";
    std::filesystem::rename(images, world.directory / "away");
    CHECK(bench.builder.rebuild(outcome.zone).kind == Kind::refused);
    CHECK(bench.builder.take_again());
    CHECK(bench.take_one(world.head("example.")).kind == Kind::refused);
    CHECK(bench.builder.take_again());
    std::filesystem::create_directory(images);
    CHECK(bench.take_one(world.head("example.")).kind == Kind::ready);
    CHECK(!bench.builder.take_again());
    CHECK(serial_in(outcome.image) == 1);
  }

  TEST_CASE("a lost journal is filled again from the store's heads") {
    World world("builder-lost-journal");
    {
      Bench bench(world);
      CHECK(bench.take_one(world.push("example.", 1)).kind == Kind::ready);
    }
    world.journal.reset();
    std::filesystem::remove_all(world.directory / "journal");
    world.journal = *Journal::open(world.directory / "journal", 1ull << 30);
    Bench after(world);
    CHECK(after.loaded.empty());
    CHECK(after.builder.take(world.heads(), world.policy).front().kind == Kind::ready);
    CHECK(world.journal->get(*Name::parse("example."))->has_value());
  }
}

}  // namespace
}  // namespace doors
