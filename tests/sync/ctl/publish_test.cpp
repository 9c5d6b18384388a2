#include "sync/ctl/publish.h"

#include <doctest/doctest.h>

#include "zones/content/digest.h"
#include "zones/content/frames.h"
#include "zones/load/zone_file.h"

using namespace doors;
using namespace doors::ctl;

namespace {

Content zone_of(int serial, int hosts) {
  std::string text =
      "$ORIGIN example.\n@ 300 SOA ns host " + std::to_string(serial) + " 1 2 3 4\n@ 300 NS ns.test.\n";
  for (int i = 0; i < hosts; ++i) text += "h" + std::to_string(i) + " 300 A 192.0.2.1\n";
  auto zone = load_zone_text(text, "test.zone", {});
  REQUIRE(zone);
  return std::move(zone->content);
}

}  // namespace

TEST_SUITE("ctl: what is published") {
  TEST_CASE("changes stay few, and together a fraction of the content") {
    StoredVersion head;
    CHECK(is_worth_a_change(head, 100, 400));
    CHECK(!is_worth_a_change(head, 101, 400));
    head.changed_octets = 900;
    CHECK(is_worth_a_change(head, 100, 4000));
    CHECK(!is_worth_a_change(head, 101, 4000));
    head.changes = 255;
    CHECK(is_worth_a_change(head, 1, 1'000'000));
    head.changes = 256;
    CHECK(!is_worth_a_change(head, 1, 1'000'000));
    head = {};
    head.kind = VersionKind::tombstone;
    CHECK(!is_worth_a_change(head, 1, 1'000'000));
  }

  TEST_CASE("a change says what it leads to, and follows its head") {
    const Content before = zone_of(1, 50);
    const Content after = zone_of(2, 51);
    StoredVersion head;
    head.zone = Name(before.origin());
    head.number = {3, 7};
    head.hash[0] = std::byte{9};
    head.digest = content_digest(before);
    head.records = before.record_count();
    const auto delta = Delta::between(before, after);
    REQUIRE(delta);
    const auto draft = draft_change(*delta, head, "why");
    REQUIRE(draft);
    const Version& version = draft->version;
    CHECK(version.kind == VersionKind::change);
    CHECK(version.number == VersionNumber{3, 8});
    CHECK(version.previous == head.hash);
    CHECK(version.serial == Serial(2));
    CHECK(version.content_digest == content_digest(after));
    CHECK(version.records == after.record_count());
    CHECK(version.comment == "why");
    const auto stream = decompress_frames(draft->frames.octets, version.frames, version.content_octets());
    REQUIRE(stream);
    CHECK(*stream == delta->stream());
    CHECK(draft->frames.octets.size() < 300);
  }
}
