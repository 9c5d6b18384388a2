#include "sync/pop/transfer_in.h"

#include <doctest/doctest.h>

#include "tests/sync/pop/world.h"
#include "zones/base/file.h"

namespace doors {
namespace {

TEST_SUITE("pop: versions of zones that came by transfer") {
  struct Node {
    Node() {
      xfr::Settings settings;
      settings.zones.emplace_back().zone = zone;
      settings.catalogs.emplace_back();
      policy = Policy({Publisher{world.key.public_key(), {*ZonePattern::parse("*")}},
                       node_publisher(key.public_key(), settings)});
    }
    /// What came of an arrival: kind and serial of the new head, or why not.
    std::string take(Octets stream, bool is_change, std::uint64_t zone_octets, bool from_catalog = false) {
      const auto made = publish_arrival(*world.archive, policy, key,
                                        {zone, *sealed_memory_file("arrival", stream), is_change, zone_octets,
                                         "192.0.2.1:53", from_catalog},
                                        world.clock.wall());
      if (!made) return made.error().message;
      const Version head = world.head("e.").version;
      return std::string(head.kind == VersionKind::change ? "change " : "whole ") +
             std::to_string(head.serial.raw()) + " " + std::to_string(head.records);
    }
    std::string take_whole(const Content& content, bool from_catalog = false) {
      return take(content.stream(), false, content.stream().size(), from_catalog);
    }
    std::string take_change(const Content& before, const Content& after) {
      return take(Delta::between(before, after)->stream(), true, after.stream().size());
    }

    World world{"transfer_in"};
    const Name zone = *Name::parse("e.");
    PrivateKey key = *PrivateKey::generate();
    Policy policy;
  };

  TEST_CASE("a small change is published as one, a large one and one of a small zone whole") {
    Node node;
    const Content first = content_of("e.", 1, 200);
    const Content second = content_of("e.", 2, 201);
    const Content third = content_of("e.", 3, 280);
    CHECK(node.take_whole(first) == "whole 1 203");
    CHECK(node.take_change(first, second) == "change 2 204");
    CHECK(node.take_change(second, third) == "whole 3 283");
    const auto kept = node.world.archive->whole_content(node.world.head("e."));
    REQUIRE(kept);
    CHECK(text_of(kept->stream()) == text_of(third.stream()));
  }

  TEST_CASE("changes follow each other until they come to a quarter of the zone") {
    Node node;
    Content before = content_of("e.", 1, 200);
    CHECK(node.take_whole(before) == "whole 1 203");
    std::string kinds;
    for (std::uint32_t serial = 2; serial < 40; ++serial) {
      Content after = content_of("e.", serial, 200);
      kinds += node.take_change(before, after)[0];
      before = std::move(after);
      const auto kept = node.world.archive->whole_content(node.world.head("e."));
      REQUIRE(kept);
      CHECK(text_of(kept->stream()) == text_of(before.stream()));
    }
    CHECK(kinds.starts_with("ccc"));
    CHECK(kinds.find('w') != std::string::npos);
    CHECK(kinds.substr(kinds.find('w')).find("wcc") == 0);
  }

  TEST_CASE("a change that does not follow the head, of another zone or of nothing is refused") {
    Node node;
    const Content first = content_of("e.", 1, 200);
    const Content second = content_of("e.", 2, 201);
    CHECK(node.take_change(first, second) == "head moved: another push came first");
    CHECK(node.take_whole(content_of("e.", 5, 200)) == "whole 5 203");
    CHECK(node.take_change(first, second) == "head moved: another push came first");
    CHECK(node.take(Delta::between(content_of("f.", 5), content_of("f.", 6))->stream(), true, 1000) ==
          "the worker gives another zone");
    CHECK(node.take_whole(content_of("f.", 6)) == "the worker gives another zone");
    CHECK_FALSE(node.take(octets_of("nonsense"), true, 1000).starts_with("change"));
    CHECK(node.world.head("e.").version.serial == Serial(5));
  }

  TEST_CASE("a catalog neither takes a publisher's zone over nor ends it; its own it ends") {
    Node node;
    node.world.push("e.", 1);
    CHECK(node.take_whole(content_of("e.", 2), true) ==
          "a publisher has pushed this zone, so the catalog does not get it");
    CHECK_FALSE(*publish_end(*node.world.archive, node.policy, node.key, node.zone, node.world.clock.wall()));
    CHECK(node.world.head("e.").version.kind == VersionKind::push);
    CHECK(node.take_whole(content_of("e.", 2)) == "whole 2 6");  // with a [[secondary]] of its own
    CHECK(node.take_whole(content_of("e.", 3), true) == "whole 3 6");
    const auto ended =
        publish_end(*node.world.archive, node.policy, node.key, node.zone, node.world.clock.wall());
    REQUIRE(ended);
    CHECK(ended->has_value());
    CHECK(node.world.head("e.").version.kind == VersionKind::tombstone);
    CHECK_FALSE(*publish_end(*node.world.archive, node.policy, node.key, node.zone, node.world.clock.wall()));
    CHECK(node.take_whole(content_of("e.", 1), true) == "whole 1 6");  // and it may come again
  }
}

}  // namespace
}  // namespace doors
