#include "sync/pop/kept_content.h"

#include <doctest/doctest.h>

#include "sync/pop/builder.h"
#include "tests/sync/pop/world.h"
#include "zones/content/frames.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: what is kept of a version") {
  struct Fixture {
    Fixture() : world("kept"), images(world.directory / "images") {
      REQUIRE(images.open());
      head = world.push("example.", 1, 5);
    }
    void build() {
      const std::atomic<bool> stopping{false};
      Builder builder(*world.archive, *world.journal, images, stopping);
      REQUIRE(builder.take({head}, world.policy).front().kind == BuildOutcome::Kind::ready);
    }
    [[nodiscard]] Result<KeptNode> node(const char* owner, VersionNumber number = {1, 1}) const {
      return kept_node(*world.archive, world.directory / "images", *Name::parse("example."), number,
                       *Name::parse(owner));
    }
    World world;
    ImageFiles images;
    StoredVersion head;
  };

  TEST_CASE_FIXTURE(Fixture, "a name is the same by image and by content") {
    for (const bool built : {false, true}) {
      CAPTURE(built);
      if (built) build();
      const auto host = node("host3.example.");
      REQUIRE(host);
      CHECK(!host->zone_is_signed);
      CHECK(host->content.rrset_count() == 2);
      CHECK(host->content.find(*Name::parse("host3.example."), RRType::a));
      CHECK(node("nonesuch.example.")->content.rrset_count() == 1);
      CHECK(node("other.")->content.rrset_count() == 1);
      CHECK(node("example.")->content.rrset_count() == 2);
    }
    CHECK(!node("host3.example.", {1, 2}));
  }

  TEST_CASE_FIXTURE(Fixture, "a content that the archive has lost is that of its image") {
    build();
    const Content now = content_of("example.", 2, 6);
    const auto delta = Delta::between(content_of("example.", 1, 5), now);
    REQUIRE(delta);
    Draft draft = draft_of(now, &head, VersionKind::change);
    draft.frames = *compress_frames(delta->stream());
    draft.version.frames = draft.frames.list;
    world.must_publish({draft});
    head = world.head("example.");
    build();
    world.lose_store();
    const auto frames = kept_frames(*world.archive, world.directory / "images", head);
    REQUIRE(frames);
    const auto stream = decompress_frames(*frames, 1 << 20);
    REQUIRE(stream);
    CHECK(std::ranges::equal(*stream, now.stream()));
    CHECK(!kept_frames(*world.archive, world.directory / "nowhere", head));
  }
}

}  // namespace
}  // namespace doors
