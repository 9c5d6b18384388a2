#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

#include "sync/pop/builder.h"
#include "sync/pop/watcher.h"
#include "tests/sync/pop/world.h"
#include "zones/base/file.h"
#include "zones/base/text_encoding.h"
#include "zones/content/delta.h"
#include "zones/image/image_file.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: a store that lies") {
  using Kind = BuildOutcome::Kind;
  const Name zone = *Name::parse("example.");

  /// What a store would hold of one version alone in its push.
  StoredVersion signed_by(const Draft& draft, const PrivateKey& key) {
    const auto octets = World::bundle_of({draft}, key);
    const Bundle bundle = *Bundle::parse(octets);
    const Bundle::Item& item = bundle.items()[0];
    StoredVersion stored{{bundle.push(), 0, {}, {item.record.begin(), item.record.end()}}, item.version, {}};
    if (item.frames.size() <= StoredVersion::inline_octets)
      stored.content = {item.frames.begin(), item.frames.end()};
    return stored;
  }

  /// The same push carries a record that was edited after it was signed.
  StoredVersion edited(StoredVersion stored, const std::function<void(Version&)>& edit) {
    edit(stored.version);
    stored.signed_version.record = *stored.version.encode();
    return stored;
  }

  std::string log_key(std::uint64_t seq) {
    std::string key = Archive::head_key(zone).replace(0, 4, "log");
    std::array<std::byte, 8> octets{};
    store_u64(octets.data(), seq);
    return key.append(text_of(octets));
  }

  /// A PoP whose store is in the thief's hands, and the hub that it should follow. `example.` is served with
  /// serial 3, of which versions 1 and 2 are known to the thief, when the attack begins.
  struct Victim {
    Victim() {
      REQUIRE(images.open());
      REQUIRE(builder.load([](const BuildOutcome&) {}));
      for (std::uint32_t serial = 1; serial <= 3; ++serial) past.push_back(hub.push("example.", serial));
      offer(past.back());
      REQUIRE(look() == "ready");
    }

    void offer(const StoredVersion& stored) { put(Archive::head_key(stored.version.zone), stored.encode()); }
    void put(const std::string& key, std::optional<std::vector<std::byte>> value) {
      const auto outcome = world.store->txn({}, {{key, std::move(value), 0}});
      REQUIRE(outcome);
      REQUIRE(outcome->committed);
    }
    /// "ready", "removed" or the reason of the refusal, of each version that the store gives.
    std::string look() {
      std::string all;
      auto news = watcher.take();
      REQUIRE(news);
      for (const BuildOutcome& outcome : builder.take(*std::move(news), policy)) {
        if (!all.empty()) all += "; ";
        all += outcome.kind == Kind::ready       ? "ready"
               : outcome.kind == Kind::removed   ? "removed"
               : outcome.kind == Kind::unchanged ? "unchanged"
                                                 : outcome.reason;
      }
      return all;
    }
    /// The serial that the image of the newest version taken shows; 0: it is gone or does not open.
    [[nodiscard]] std::uint32_t served() const {
      const auto entry = world.journal->get(zone);
      REQUIRE(entry);
      REQUIRE(*entry);
      const VersionNumber number = (*entry)->current.version.number;
      const auto image = open_image_file(images.path(zone, number));
      return image ? (*image)->version().serial : 0;
    }
    /// The attack has changed nothing, and the next right version goes through.
    void stands() {
      CHECK(served() == 3);
      offer(hub.push("example.", 4));
      CHECK(look() == "ready");
      CHECK(served() == 4);
    }

    World hub{"attack-hub"};
    World world{"attack-pop"};
    PrivateKey narrow_key = *PrivateKey::generate();  // a publisher's, but of another zone
    Policy policy{{Publisher{hub.key.public_key(), {*ZonePattern::parse("*")}},
                   Publisher{narrow_key.public_key(), {*ZonePattern::parse("narrow.")}}}};
    ImageFiles images{world.directory / "images"};
    std::atomic<bool> stopping{false};
    Builder builder{*world.archive, *world.journal, images, stopping};
    Watcher watcher{*world.store, [] {}};
    std::vector<StoredVersion> past;  // versions 1 to 3
  };

  TEST_CASE_FIXTURE(Victim, "forged content") {
    const StoredVersion good = hub.push("example.", 9);
    SUBCASE("in the record") {
      offer(edited(good, [](Version& version) { version.serial = Serial(99); }));
      CHECK(look() == "bad signature");
    }
    SUBCASE("in a record that borrows the audit path") {
      StoredVersion bad = edited(good, [](Version& version) { version.comment = "trust me"; });
      bad.signed_version.push.count = 2;
      bad.signed_version.path = {good.signed_version.hash()};
      offer(bad);
      CHECK(look() == "bad signature");
    }
    SUBCASE("in the octets") {
      StoredVersion bad = good;
      bad.content[bad.content.size() / 2] ^= std::byte{1};
      offer(bad);
      CHECK(look().find("content frame 1 of 1 has another SHA-256") != std::string::npos);
    }
    SUBCASE("as that of another zone") {
      StoredVersion bad = good;
      bad.content = hub.push("other.", 9).content;
      bad.content.resize(good.content.size());
      offer(bad);
      CHECK(look().find("content frame 1 of 1 has another SHA-256") != std::string::npos);
    }
    offer(good);
    CHECK(look() == "ready");
    CHECK(served() == 9);
  }

  TEST_CASE_FIXTURE(Victim, "a key that may not publish this zone") {
    offer(signed_by(draft_of(content_of("example.", 9), &past.back()), narrow_key));
    CHECK(look() == "the key " + to_string(narrow_key.public_key().id()) + " may not publish example.");
    stands();
  }

  TEST_CASE_FIXTURE(Victim, "the credentials of a PoP, which include no publisher's key") {
    // Whoever owns a PoP can write the store and make keys of his own, and no more.
    const PrivateKey own = *PrivateKey::generate();
    const StoredVersion made = signed_by(draft_of(content_of("example.", 9), &past.back()), own);
    SUBCASE("signed by a key of his own") {
      offer(made);
      CHECK(look() == "no publisher has the key " + to_string(own.public_key().id()));
    }
    SUBCASE("in the name of the publisher") {
      StoredVersion bad = made;
      bad.signed_version.push.publisher = hub.key.public_key().id();
      offer(bad);
      CHECK(look() == "the record names another publisher than the signature");
      offer(edited(bad, [&](Version& version) { version.publisher = hub.key.public_key().id(); }));
      CHECK(look() == "bad signature");
    }
    SUBCASE("with the signature of a true push") {
      StoredVersion bad = made;
      bad.signed_version.push = past.back().signed_version.push;
      offer(edited(bad, [&](Version& version) { version.publisher = hub.key.public_key().id(); }));
      CHECK(look() == "bad signature");
    }
    stands();
  }

  TEST_CASE_FIXTURE(Victim, "last week's head again") {
    offer(past[0]);
    CHECK(look() == "a replay: version 1/1 is older than 1/3, which was taken");
    // The memory is the node's own and outlives the process.
    Builder after(*world.archive, *world.journal, images, stopping);
    REQUIRE(after.load([](const BuildOutcome&) {}));
    CHECK(after.take({past[1]}, policy).front().reason ==
          "a replay: version 1/2 is older than 1/3, which was taken");
    stands();
  }

  TEST_CASE_FIXTURE(Victim, "an older epoch, and the number of another version") {
    Draft draft = draft_of(content_of("example.", 9), &past.back());
    draft.version.number = {0, 99};
    offer(signed_by(draft, hub.key));
    CHECK(look() == "a replay: version 0/99 is older than 1/3, which was taken");
    draft.version.number = {1, 3};
    offer(signed_by(draft, hub.key));
    CHECK(look() == "a fork: version 1/3 does not follow 1/3 as it was taken");
    draft.version.number = {1, 4};
    draft.version.previous = past[0].signed_version.hash();
    offer(signed_by(draft, hub.key));
    CHECK(look() == "a fork: version 1/4 does not follow 1/3 as it was taken");
    stands();
  }

  TEST_CASE_FIXTURE(Victim, "a deletion that nobody signed") {
    SUBCASE("of the entry") {
      put(Archive::head_key(zone), std::nullopt);
      CHECK(look().empty());
      watcher.restart();
      CHECK(look().empty());
    }
    SUBCASE("by a tombstone of the thief's") {
      offer(signed_by(tombstone_of(past.back()), *PrivateKey::generate()));
      CHECK(look().starts_with("no publisher has the key"));
    }
    SUBCASE("by the tombstone of another zone") {
      const StoredVersion other = hub.push("other.", 1);
      hub.must_publish({tombstone_of(other)});
      put(Archive::head_key(zone), hub.head("other.").encode());
      CHECK(look().empty());  // passed over: it lies under another zone's key
    }
    SUBCASE("by octets that are no version") {
      put(Archive::head_key(zone), std::vector<std::byte>(100));
      CHECK(look().empty());
    }
    stands();
  }

  TEST_CASE_FIXTURE(Victim, "swapped, cut and missing blobs") {
    std::string noise;  // so much of it that the content is not stored inline
    for (std::uint64_t i = 1, state = 1; i < 6000; ++i) {
      state = state * 6'364'136'223'846'793'005u + 1;
      noise += "n" + std::to_string(i) + " 300 TXT " + std::to_string(state) + "\n";
    }
    hub.must_publish({draft_of(content_of("example.", 4, 3, noise), &past.back())});
    const StoredVersion large = hub.head("example.");
    REQUIRE(large.has_blobs());
    const Frame& frame = large.version.frames.front();
    const auto right = *hub.blobs->get(frame.sha256, frame.compressed_octets);
    const std::string hex = to_hex(frame.sha256);
    const std::filesystem::path path = world.directory / "blobs" / hex.substr(0, 2) / hex;
    std::filesystem::create_directories(path.parent_path());
    offer(large);
    SUBCASE("missing") { CHECK(look().find(hex) != std::string::npos); }
    SUBCASE("swapped") {
      std::vector<std::byte> other = right;
      std::ranges::reverse(other);
      REQUIRE(write_file_durably(path, other));
      CHECK(look() == "blob " + hex + " is damaged");
    }
    SUBCASE("cut") {
      REQUIRE(write_file_durably(path, Octets(right).first(right.size() - 1)));
      CHECK(look() == "blob " + hex + " is damaged");
    }
    SUBCASE("longer") {
      std::vector<std::byte> longer = right;
      longer.push_back(std::byte{0});
      REQUIRE(write_file_durably(path, longer));
      CHECK_FALSE(look().empty());
    }
    CHECK(served() == 3);
    REQUIRE(write_file_durably(path, right));
    watcher.restart();
    CHECK(look() == "ready");
    CHECK(served() == 4);
  }

  /// The hub publishes changes as versions 4 and 5; gives them.
  std::vector<StoredVersion> two_changes(Victim & victim) {
    std::vector<StoredVersion> changes;
    Content before = content_of("example.", 3);
    for (std::uint32_t serial = 4; serial <= 5; ++serial) {
      Content after = content_of("example.", serial, static_cast<int>(serial));
      const StoredVersion head = victim.hub.head("example.");
      Draft draft = draft_of(after, &head, VersionKind::change);
      const auto delta =
          Delta::of(std::move(before), content_of("example.", serial, static_cast<int>(serial)));
      REQUIRE(delta);
      draft.frames = *compress_frames(delta->stream());
      draft.version.frames = draft.frames.list;
      victim.hub.must_publish({draft});
      changes.push_back(victim.hub.head("example."));
      before = std::move(after);
    }
    return changes;
  }

  TEST_CASE_FIXTURE(Victim, "a withheld log entry") {
    const auto changes = two_changes(*this);
    offer(changes[1]);
    CHECK(look().find("is not kept") != std::string::npos);
    CHECK(served() == 3);
    SUBCASE("another in its place") {
      put(log_key(4), past[1].encode());
      watcher.restart();
      CHECK(look().find("is not kept") != std::string::npos);
    }
    SUBCASE("a forged one in its place") {
      put(log_key(4), edited(changes[0], [](Version& version) { version.comment = "trust me"; }).encode());
      watcher.restart();
      CHECK(look().find("is not kept") != std::string::npos);
    }
    CHECK(served() == 3);
    put(log_key(4), changes[0].encode());
    watcher.restart();
    CHECK(look() == "ready");
    CHECK(served() == 5);
  }

  TEST_CASE_FIXTURE(Victim, "a forged whole version below a change") {
    // Which whole version a change leads back to is not signed: the store says it.
    const auto changes = two_changes(*this);
    const PrivateKey own = *PrivateKey::generate();
    for (const std::uint64_t claimed : {3u, 4u, 5u, 6u, 9u}) {
      CAPTURE(claimed);
      Draft forged = draft_of(content_of("example.", 66, 66));
      forged.version.number = {1, claimed};
      forged.version.previous = changes[1].version.previous;
      for (const std::uint64_t place : {3u, 4u, 7u}) put(log_key(place), signed_by(forged, own).encode());
      StoredVersion head = changes[1];
      for (const std::uint64_t whole : {3u, 4u, 7u}) {
        head.whole = whole;
        CHECK_FALSE(world.archive->whole_content(head));
      }
      offer(head);
      CHECK_FALSE(look() == "ready");
      CHECK(served() == 3);
    }
  }

  TEST_CASE_FIXTURE(Victim, "another publisher's zones in a true push") {
    // One signature covers all zones of a push; each still needs its own right.
    Draft mine = draft_of(content_of("narrow.", 1));
    Draft yours = draft_of(content_of("example.", 9), &past.back());
    const auto octets = World::bundle_of({mine, yours}, narrow_key);
    const Bundle bundle = *Bundle::parse(octets);
    std::vector<MerkleHash> leaves;
    for (const Bundle::Item& item : bundle.items()) leaves.push_back(merkle_leaf(item.record));
    const MerkleTree tree(std::move(leaves));
    for (std::uint32_t i = 0; i < 2; ++i) {
      const Bundle::Item& item = bundle.items()[i];
      offer({{bundle.push(), i, tree.path(i), {item.record.begin(), item.record.end()}},
             item.version,
             {item.frames.begin(), item.frames.end()}});
    }
    const std::string outcomes = look();
    CHECK(outcomes.find("may not publish example.") != std::string::npos);
    CHECK(outcomes.find("ready") != std::string::npos);
    stands();
  }

  TEST_CASE_FIXTURE(Victim, "after a disaster a new epoch supersedes what was taken, and is not undone") {
    // The hub's store was restored from before version 3; the publisher starts a new epoch from there.
    Draft draft = draft_of(content_of("example.", 2), &past[1]);
    draft.version.number = {2, past[1].version.number.seq + 1};
    offer(signed_by(draft, hub.key));
    CHECK(look() == "ready");
    CHECK(served() == 2);
    offer(past[2]);
    CHECK(look() == "a replay: version 1/3 is older than 2/3, which was taken");
  }

  TEST_CASE_FIXTURE(Victim, "a zone that comes back after a tombstone continues its chain") {
    hub.must_publish({tombstone_of(past.back())});
    const StoredVersion tombstone = hub.head("example.");
    offer(tombstone);
    CHECK(look() == "removed");
    // A chain that begins anew is a replay, whoever signed it.
    offer(signed_by(draft_of(content_of("example.", 50)), hub.key));
    CHECK(look() == "a replay: version 1/1 is older than 1/4, which was taken");
    hub.must_publish({draft_of(content_of("example.", 51), &tombstone)});
    offer(hub.head("example."));
    CHECK(hub.head("example.").version.number == VersionNumber{1, 5});
    CHECK(look() == "ready");
    CHECK(served() == 51);
  }
}

}  // namespace
}  // namespace doors
