#include "sync/pop/checkpoints.h"

#include <doctest/doctest.h>

#include "sync/pop/auditor.h"
#include "sync/pop/builder.h"
#include "tests/sync/pop/world.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: checkpoints") {
  /// A PoP's node (world) with what it has taken; its store is its own publisher's.
  struct Fixture {
    Fixture() {
      REQUIRE(images.open());
      REQUIRE(builder.load([](const BuildOutcome&) {}));
    }
    /// Signs the heads that the store has; nothing in the result: it was taken.
    std::string checkpoint(const PrivateKey& by, std::uint64_t time) {
      std::vector<CheckpointHead> heads;
      for (const StoredVersion& head : world.heads()) heads.push_back({head.version.zone, head.chain_head()});
      return publish(sign_heads(std::move(heads), time, by));
    }
    std::string publish(const SignedHeads& heads) {
      const auto taken =
          publish_checkpoint(*world.archive, *world.journal, policy, heads.encode(), world.clock.wall());
      return taken ? "" : taken.error().message;
    }
    std::vector<BuildOutcome> take() {
      Vouchers vouchers(checkpoints, policy);
      return builder.take(world.heads(), policy, [&](const Version& version, const VersionHash& hash) {
        return vouchers.vouch_for(version, hash);
      });
    }
    /// "no audit", or the alarms.
    std::string audit() {
      const auto made = auditor.take(policy, [this](NameView zone) { return builder.known(zone); });
      if (!made) return "no audit";
      std::string all;
      for (const std::string& alarm : made->alarms()) all += (all.empty() ? "" : "; ") + alarm;
      return all;
    }
    void put_head(const StoredVersion& stored) {
      REQUIRE(world.store->txn({}, {{Archive::head_key(stored.version.zone), stored.encode(), 0}}));
    }
    void remove(const std::string& key) { REQUIRE(world.store->txn({}, {{key, std::nullopt, 0}})); }
    std::string key_of_checkpoint() const {
      return std::string(Checkpoints::prefix) + std::string(text_of(world.key.public_key().id()));
    }

    World world{"checkpoints"};
    Policy policy = world.policy;
    Checkpoints checkpoints{*world.store};
    ImageFiles images{world.directory / "images"};
    std::atomic<bool> stopping{false};
    Builder builder{*world.archive, *world.journal, images, stopping};
    Auditor auditor{*world.archive, *world.journal, [] {}};
    const std::uint64_t now = 1'000'000;
  };

  TEST_CASE_FIXTURE(Fixture, "a store that offers all that was promised raises no alarm") {
    CHECK(audit().empty());
    world.push("a.example.", 1);
    world.push("b.example.", 1);
    CHECK(checkpoint(world.key, 1).empty());
    CHECK(audit().empty());  // offered, not taken yet
    REQUIRE(take().size() == 2);
    CHECK(audit() == "no audit");  // nothing new
    world.push("a.example.", 2);   // newer than the checkpoint
    auditor.again();
    CHECK(audit().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "what a store withholds is named") {
    const StoredVersion first = world.push("a.example.", 1);
    REQUIRE(take().size() == 1);
    world.push("a.example.", 2);
    world.push("b.example.", 1);
    CHECK(checkpoint(world.key, 1).empty());
    put_head(first);
    remove(Archive::head_key(*Name::parse("b.example.")));
    CHECK(audit().find("withheld: version 1/2 of a.example., taken is 1/1") != std::string::npos);
    auditor.again();
    CHECK(audit().find("withheld: version 1/1 of b.example., taken is none") != std::string::npos);
    SUBCASE("also behind a forged head that seems newer") {
      Draft draft = draft_of(content_of("a.example.", 9), &first);
      draft.version.number.seq = 99;
      const auto octets = World::bundle_of({draft}, *PrivateKey::generate());
      const Bundle bundle = *Bundle::parse(octets);
      const Bundle::Item& item = bundle.items()[0];
      put_head({{bundle.push(), 0, {}, {item.record.begin(), item.record.end()}},
                item.version,
                {item.frames.begin(), item.frames.end()}});
      auditor.again();
      CHECK(audit().find("withheld: version 1/2 of a.example.") != std::string::npos);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "an old checkpoint, a cut one and a forged one are told") {
    world.push("a.example.", 1);
    CHECK(checkpoint(world.key, 5).empty());
    const auto old = world.store->get(key_of_checkpoint());
    CHECK(audit().empty());
    CHECK(checkpoint(world.key, 6).empty());
    CHECK(audit().empty());
    const auto put = [&](std::vector<std::byte> octets) {
      REQUIRE(world.store->txn({}, {{key_of_checkpoint(), std::move(octets), 0}}));
    };
    put((*old)->octets);
    CHECK(audit().find("a replay, a newer one was seen") != std::string::npos);
    // It is remembered on disk.
    Auditor after(*world.archive, *world.journal, [] {});
    CHECK(after.take(policy, [](NameView) { return std::nullopt; })->bad.size() == 1);
    std::vector<std::byte> forged = (*old)->octets;
    forged[20] ^= std::byte{1};
    put(forged);
    CHECK(audit().find("bad signature") != std::string::npos);
    CHECK(checkpoint(world.key, 7).empty());
    const std::uint8_t bucket = checkpoint_bucket(*Name::parse("a.example."));
    remove(key_of_checkpoint() + static_cast<char>(bucket));
    auditor.again();
    CHECK(audit().find("the list of bucket") != std::string::npos);
    CHECK(checkpoint(world.key, 8).empty());  // puts it again
    CHECK(audit().empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a checkpoint is refused that says what was not proved") {
    const StoredVersion head = world.push("a.example.", 1);
    CHECK(checkpoint(*PrivateKey::generate(), 1).starts_with("no publisher has the key"));
    SignedHeads forged = sign_heads({{head.version.zone, head.chain_head()}}, 1, world.key);
    forged.checkpoint.time = 2;
    CHECK(publish(forged) == "bad signature");
    ChainHead other = head.chain_head();
    other.number.seq = 2;
    CHECK(publish(sign_heads({{head.version.zone, other}}, 1, world.key)) ==
          "version 1/2 of a.example. is not the newest here, or not proved");
    CHECK(
        publish(sign_heads({{*Name::parse("b.example."), other}}, 1, world.key)).starts_with("version 1/2"));
    CHECK(checkpoint(world.key, 4'000'000'000).find("in the future") != std::string::npos);
    const PrivateKey narrow = *PrivateKey::generate();
    policy = Policy({Publisher{world.key.public_key(), {*ZonePattern::parse("*")}},
                     Publisher{narrow.public_key(), {*ZonePattern::parse("b.example.")}}});
    CHECK(checkpoint(narrow, 1).find("may not publish a.example.") != std::string::npos);
    CHECK(checkpoint(world.key, 5).empty());
    CHECK(checkpoint(world.key, 4) == "a replay: it is older than the one that is there");
    // A head that somebody put into the store is no version of the publisher's.
    Draft draft = draft_of(content_of("a.example.", 9), &head);
    const auto octets = World::bundle_of({draft}, *PrivateKey::generate());
    const Bundle bundle = *Bundle::parse(octets);
    const Bundle::Item& item = bundle.items()[0];
    put_head({{bundle.push(), 0, {}, {item.record.begin(), item.record.end()}},
              item.version,
              {item.frames.begin(), item.frames.end()}});
    CHECK(checkpoint(world.key, 6).find("not proved") != std::string::npos);
  }

  TEST_CASE_FIXTURE(Fixture, "a retired key orphans nothing, once a valid one has vouched") {
    world.push("a.example.", 1);
    const StoredVersion second = world.push("b.example.", 1);
    const PrivateKey fresh = *PrivateKey::generate();
    const Publisher next{fresh.public_key(), {*ZonePattern::parse("*")}};
    policy = Policy({Publisher{world.key.public_key(), {*ZonePattern::parse("*")}}, next});
    SUBCASE("not vouched: what is newly taken needs a valid key, what is there stays") {
      REQUIRE(builder.take({world.head("a.example.")}, policy).front().kind == BuildOutcome::Kind::ready);
      policy = Policy({next});
      const auto outcomes = take();
      REQUIRE(outcomes.size() == 2);
      for (const BuildOutcome& outcome : outcomes) {
        const bool taken = outcome.zone == *Name::parse("a.example.");
        CHECK(outcome.kind == (taken ? BuildOutcome::Kind::unchanged : BuildOutcome::Kind::refused));
      }
    }
    SUBCASE("vouched: an empty PoP takes all of it, and nothing else of the old key") {
      CHECK(checkpoint(fresh, 1).empty());
      const Draft later = draft_of(content_of("b.example.", 9), &second);
      policy = Policy({next});
      for (const BuildOutcome& outcome : take()) CHECK(outcome.kind == BuildOutcome::Kind::ready);
      const auto octets = World::bundle_of({later}, world.key);
      const Bundle bundle = *Bundle::parse(octets);
      const Bundle::Item& item = bundle.items()[0];
      put_head({{bundle.push(), 0, {}, {item.record.begin(), item.record.end()}},
                item.version,
                {item.frames.begin(), item.frames.end()}});
      std::size_t refused = 0;
      for (const BuildOutcome& outcome : take())
        refused += outcome.kind == BuildOutcome::Kind::refused ? 1 : 0;
      CHECK(refused == 1);
    }
    SUBCASE("the new key's next versions continue the chain of the old one's") {
      Draft draft = draft_of(content_of("b.example.", 2), &second);
      const auto report = doors::publish(*world.archive, policy, World::bundle_of({draft}, fresh), {});
      REQUIRE(report.revision);
      policy = Policy({next});
      CHECK(builder.take({world.head("b.example.")}, policy).front().kind == BuildOutcome::Kind::ready);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "thousands of zones: one changed zone is one list of 256") {
    std::vector<Draft> drafts;
    for (int i = 0; i < 600; ++i) drafts.push_back(draft_of(content_of("z" + std::to_string(i) + ".", 1, 0)));
    world.must_publish(drafts);
    CHECK(checkpoint(world.key, 1).empty());
    CHECK(audit().empty());
    const std::uint64_t before = *world.store->revision();
    const auto lists_put_since = [&] {
      std::size_t lists = 0;
      REQUIRE(world.store->list(Checkpoints::prefix, [&](const StoreEntry& entry) {
        if (entry.revision > before && !Checkpoints::is_checkpoint_key(entry.key)) ++lists;
      }));
      return lists;
    };
    world.push("z77.", 2);
    CHECK(checkpoint(world.key, 2).empty());
    CHECK(lists_put_since() == 1);
  }
}

}  // namespace
}  // namespace doors
