#include "sync/pop/publisher.h"

#include <doctest/doctest.h>

#include "tests/sync/pop/world.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: publishing") {
  std::string reason_of(const PublishReport& report) {
    std::string all;
    for (const ZoneVerdict& verdict : report.zones) {
      if (!verdict.accepted()) all += verdict.gate + ":" + verdict.reason;
    }
    return all.empty() ? report.reason : all;
  }
  bool says(const PublishReport& report, std::string_view words) {
    CAPTURE(reason_of(report));
    const bool found = !report.revision && reason_of(report).find(words) != std::string::npos;
    CHECK(found);
    return found;
  }

  TEST_CASE("a first version, the next, and many zones in one push are one revision each") {
    World world("publish");
    CHECK(world.must_publish({draft_of(content_of("example.", 1))}) == 1);
    const StoredVersion first = world.head("example.");
    CHECK(world.must_publish({draft_of(content_of("example.", 2), &first), draft_of(content_of("a.test.", 1)),
                              draft_of(content_of("b.test.", 1))}) == 2);
    CHECK(world.head("example.").version.number == VersionNumber{1, 2});
    CHECK(world.head("example.").version.previous == first.signed_version.hash());
    CHECK(world.heads().size() == 3);
    Verifier verifier(world.policy);
    for (const StoredVersion& stored : world.heads()) {
      CHECK(verifier.verify(stored.signed_version));
      CHECK(world.archive->content(stored));
    }
    const auto history = world.archive->history(*Name::parse("example."));
    REQUIRE(history);
    REQUIRE(history->size() == 2);
    CHECK(history->front().version.serial == Serial(1));
  }

  TEST_CASE("all zones of a push, or none") {
    World world("publish-none");
    world.push("example.", 5);
    const StoredVersion head = world.head("example.");
    const auto report =
        world.publish({draft_of(content_of("new.", 1)), draft_of(content_of("example.", 4), &head)});
    CHECK_FALSE(report.revision);
    CHECK(report.zones[0].accepted());
    CHECK(report.zones[1].gate == "serial");
    CHECK_FALSE(world.archive->head(*Name::parse("new."))->has_value());
    CHECK(*world.store->revision() == 1);
  }

  TEST_CASE("a push that lost a race is told that the head moved") {
    World world("publish-race");
    const StoredVersion first = world.push("example.", 1);
    const Draft mine = draft_of(content_of("example.", 2), &first);
    const Draft theirs = draft_of(content_of("example.", 3), &first);
    world.must_publish({theirs});
    const auto report = world.publish({mine});
    says(report, "head moved");
    CHECK(report.zones[0].gate == "serial");
    says(world.publish({draft_of(content_of("example.", 9))}), "head moved");  // a first one again
    says(world.publish({draft_of(content_of("other.", 1), &first)}),
         "head moved");  // a second one without a first
  }

  TEST_CASE("a push sent again after its reply was lost is accepted again, and changes nothing") {
    World world("publish-again");
    const Draft draft = draft_of(content_of("example.", 1));
    const auto bundle = world.bundle_of({draft});
    CHECK(doors::publish(*world.archive, world.policy, bundle, {}).revision == 1);
    CHECK(doors::publish(*world.archive, world.policy, bundle, {}).revision == 1);
    CHECK(*world.store->revision() == 1);
  }

  TEST_CASE("what is not proved is refused") {
    World world("publish-proof");
    const Draft draft = draft_of(content_of("example.", 1));
    const PrivateKey stranger = *PrivateKey::generate();
    says(doors::publish(*world.archive, world.policy, world.bundle_of({draft}, stranger), {}),
         "no publisher");
    const Policy narrow({Publisher{world.key.public_key(), {*ZonePattern::parse("other.")}}});
    says(doors::publish(*world.archive, narrow, world.bundle_of({draft}), {}), "may not publish");
    auto bent = world.bundle_of({draft});
    bent[30] ^= std::byte{1};  // in the signature
    says(doors::publish(*world.archive, world.policy, bent, {}), "bad signature");
    auto cut = world.bundle_of({draft});
    cut.pop_back();
    says(doors::publish(*world.archive, world.policy, cut, {}), "bundle");
    CHECK(*world.store->revision() == 0);
  }

  TEST_CASE("content that is not what its signed record says is refused") {
    World world("publish-content");
    const Content content = content_of("example.", 1);
    SUBCASE("other octets") {
      auto bundle = world.bundle_of({draft_of(content)});
      bundle.back() ^= std::byte{1};
      CHECK_FALSE(doors::publish(*world.archive, world.policy, bundle, {}).revision);
    }
    SUBCASE("another serial") {
      Draft draft = draft_of(content);
      draft.version.serial = Serial(2);
      says(world.publish({draft}), "serial");
    }
    SUBCASE("another count") {
      Draft draft = draft_of(content);
      ++draft.version.records;
      says(world.publish({draft}), "records");
    }
    SUBCASE("another digest") {
      Draft draft = draft_of(content);
      draft.version.content_digest[0] ^= std::byte{1};
      says(world.publish({draft}), "digest");
    }
    SUBCASE("another zone") {
      Draft draft = draft_of(content);
      draft.version.zone = *Name::parse("elsewhere.");
      says(world.publish({draft}), "content is that of");
    }
    SUBCASE("no content at all") {
      Draft draft = draft_of(content);
      const Octets junk = octets_of("these are no zstd frames");
      draft.frames.octets.assign(junk.begin(), junk.end());
      draft.version.frames = {Frame{static_cast<std::uint32_t>(junk.size()), 100, sha256(junk)}};
      CHECK_FALSE(world.publish({draft}).revision);
    }
    CHECK(*world.store->revision() == 0);
  }

  TEST_CASE("gates judge serial and size, and can be forced") {
    struct Row {
      std::uint32_t old_serial, serial;
      std::uint64_t old_records, records;
      VersionKind kind;
      bool is_signed;
      const char* force;
      const char* gate;
    };
    constexpr auto push = VersionKind::push;
    constexpr auto rollback = VersionKind::rollback;
    for (const Row& row :
         {Row{1, 2, 100, 100, push, false, "", ""}, Row{2, 2, 100, 100, push, false, "", "serial"},
          Row{2, 1, 100, 100, push, false, "", "serial"}, Row{2, 1, 100, 100, push, false, "serial", ""},
          Row{0xffff'ffff, 0, 100, 100, push, false, "", ""},
          Row{0, 0x8000'0000, 100, 100, push, false, "", "serial"}, Row{1, 2, 100, 80, push, false, "", ""},
          Row{1, 2, 100, 79, push, false, "", "shrink"}, Row{1, 2, 100, 79, push, false, "shrink", ""},
          Row{2, 1, 100, 79, push, false, "shrink", "serial"},
          Row{1, 2, 10, 100'011, push, false, "", "growth"},
          Row{1, 2, 10, 100'011, push, false, "growth", ""}, Row{1, 2, 10, 100'010, push, false, "", ""},
          Row{1, 2, 50'000'000, 50'000'001, push, false, "", "growth"},
          Row{2, 1, 100, 79, push, false, "shrink,serial", ""}, Row{2, 1, 100, 10, rollback, true, "", ""},
          Row{2, 1, 100, 10, rollback, false, "", "serial"}, Row{2, 3, 100, 10, rollback, false, "", ""},
          Row{2, 1, 100, 0, VersionKind::tombstone, false, "", ""}}) {
      CAPTURE(row.old_serial);
      CAPTURE(row.serial);
      CAPTURE(row.records);
      CAPTURE(row.force);
      Version head;
      head.serial = Serial(row.old_serial);
      head.records = row.old_records;
      Version version;
      version.kind = row.kind;
      version.serial = Serial(row.serial);
      version.records = row.records;
      const auto refusal = refused_by_gate(head, version, row.is_signed, *parse_forced_gates(row.force));
      CHECK((refusal ? refusal->gate : "") == row.gate);
      CHECK_FALSE(refused_by_gate(std::nullopt, version, row.is_signed, {}));
    }
    CHECK_FALSE(parse_forced_gates("syntax"));
    CHECK_FALSE(parse_forced_gates("shrink,nonsense"));
  }

  TEST_CASE("a tombstone deletes a zone that is there, and the zone can come again") {
    World world("publish-tombstone");
    const StoredVersion first = world.push("example.", 7);
    world.must_publish({tombstone_of(first)});
    const StoredVersion gone = world.head("example.");
    CHECK(gone.version.kind == VersionKind::tombstone);
    says(world.publish({tombstone_of(gone)}), "no such zone");
    world.must_publish({draft_of(content_of("example.", 1), &gone)});
    CHECK(world.head("example.").version.number == VersionNumber{1, 3});
  }
}

}  // namespace
}  // namespace doors
