#include "sync/pop/archive.h"

#include <doctest/doctest.h>

#include "tests/sync/pop/world.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: the archive of versions") {
  std::size_t blob_count(const DirectoryBlobStore& blobs) {
    std::size_t count = 0;
    blobs.visit([&](const Sha256&) { ++count; });
    return count;
  }
  /// A zone whose compressed content is over StoredVersion::inline_octets.
  std::string bulk(std::uint32_t seed) {
    std::string text;
    std::uint32_t state = seed * 2654435761u + 1;
    for (int i = 0; i < 3000; ++i) {
      text += "b" + std::to_string(i) + " 300 IN TXT ";
      for (int n = 0; n < 4; ++n) {
        state = state * 1664525u + 1013904223u;
        text += std::to_string(state);
      }
      text += "\n";
    }
    return text;
  }

  TEST_CASE("small contents lie in the store, large ones in blobs, and both come back") {
    World world("archive-blobs");
    world.push("small.", 1);
    const Content large = content_of("large.", 1, 3, bulk(1));
    world.must_publish({draft_of(large)});
    CHECK(blob_count(*world.blobs) == 1);
    CHECK_FALSE(world.head("small.").has_blobs());
    CHECK(world.head("large.").has_blobs());
    const auto frames = world.archive->content(world.head("large."));
    REQUIRE(frames);
    const auto stream = decompress_frames(*frames, world.head("large.").version.frames, 1u << 30);
    REQUIRE(stream);
    CHECK(text_of(*stream) == text_of(large.stream()));
  }

  TEST_CASE("the newest versions are kept, and blobs go with the last version that needs them") {
    World world("archive-history");
    for (std::uint32_t serial = 1; serial <= history_in_tests + 4; ++serial) {
      const auto before = world.archive->head(*Name::parse("large."));
      // Every second version repeats the content but for the serial.
      world.must_publish({draft_of(content_of("large.", serial, 3, bulk(serial / 2)),
                                   *before ? &(*before)->stored : nullptr)});
    }
    const auto history = world.archive->history(*Name::parse("large."));
    REQUIRE(history);
    CHECK(history->size() == history_in_tests);
    CHECK(history->front().version.number.seq == 5);
    CHECK(history->back().version.number.seq == history_in_tests + 4);
    CHECK(blob_count(*world.blobs) == history_in_tests);
    for (const StoredVersion& stored : *history) CHECK(world.archive->content(stored));
    CHECK(world.archive->version(*Name::parse("large."), 5)->has_value());
    CHECK_FALSE(world.archive->version(*Name::parse("large."), 4)->has_value());
  }

  TEST_CASE("a blob that two versions need stays until both are gone") {
    World world("archive-shared");
    const Content content = content_of("large.", 1, 3, bulk(1));
    world.must_publish({draft_of(content)});
    StoredVersion head = world.head("large.");
    REQUIRE(world.publish({draft_of(content, &head)}, "serial").revision);
    CHECK(blob_count(*world.blobs) == 1);
    for (std::uint32_t serial = 2; serial <= history_in_tests; ++serial) world.push("large.", serial, 3000);
    CHECK(blob_count(*world.blobs) == 1);  // the second version still needs it
    world.push("large.", history_in_tests + 1, 3000);
    CHECK(blob_count(*world.blobs) == 0);
  }

  TEST_CASE("a damaged blob is told, never given") {
    World world("archive-damaged");
    world.must_publish({draft_of(content_of("large.", 1, 3, bulk(1)))});
    world.blobs->visit([&](const Sha256& hash) { REQUIRE(world.blobs->remove(hash)); });
    CHECK_FALSE(world.archive->content(world.head("large.")));
  }

  TEST_CASE("blobs that nobody needs are swept, others not") {
    World world("archive-sweep");
    world.must_publish({draft_of(content_of("large.", 1, 3, bulk(1)))});
    const Octets loose = octets_of("left by a crash between blob and transaction");
    REQUIRE(world.blobs->put(sha256(loose), loose));
    CHECK(*world.archive->sweep(*world.blobs) == 1);
    CHECK(blob_count(*world.blobs) == 1);
    CHECK(world.archive->content(world.head("large.")));
  }

  TEST_CASE("a lost store is filled again from versions at hand, never over newer ones") {
    World world("archive-restore");
    const StoredVersion first = world.push("example.", 1);
    const StoredVersion second = world.push("example.", 2);
    const StoredVersion other = world.push("other.", 1);
    World empty("archive-restored");
    CHECK(*empty.archive->restore(std::vector<StoredVersion>{first, second, other}) == 3);
    CHECK(empty.head("example.").version == second.version);
    CHECK(empty.archive->history(*Name::parse("example."))->size() == 2);
    CHECK(*empty.archive->restore(std::vector<StoredVersion>{first, other}) == 0);
    CHECK(empty.head("example.").version == second.version);
  }

  TEST_CASE("a stored version reads back, and no cut of it does") {
    World world("archive-codec");
    const StoredVersion stored = world.push("example.", 1);
    const auto octets = stored.encode();
    const auto read = StoredVersion::decode(octets);
    REQUIRE(read);
    CHECK(read->version == stored.version);
    CHECK(read->content == stored.content);
    for (std::size_t size = 0; size < octets.size(); ++size) {
      CHECK_FALSE(StoredVersion::decode(Octets(octets).first(size)));
    }
  }
}

}  // namespace
}  // namespace doors
