#include <map>

#include <doctest/doctest.h>

#include "sync/pop/builder.h"
#include "sync/pop/watcher.h"
#include "tests/support/faulty_store.h"
#include "tests/sync/pop/world.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: over the worst of stores") {
  /// A PoP up to its images: watches, proves, builds, and notes what it would hand to doord.
  class Node {
   public:
    Node(const std::filesystem::path& directory, Archive& archive, Policy by)
        : journal_(*Journal::open(directory / "journal", 1ull << 30)),
          images_(directory / "images"),
          builder_(archive, *journal_, images_, stopping_),
          watcher_(archive.store(), [] {}),
          policy_(std::move(by)) {
      REQUIRE(images_.open());
      REQUIRE(builder_.load([](const BuildOutcome&) {}));
    }
    /// One look at the store.
    void look() {
      auto news = watcher_.take();
      if (!news) return;  // the agent tries again later
      for (const BuildOutcome& outcome : builder_.take(*std::move(news), policy_)) {
        if (outcome.kind != BuildOutcome::Kind::ready) continue;
        VersionNumber& number = served[outcome.zone];
        CHECK(outcome.number > number);  // never an older one after a newer
        number = outcome.number;
      }
    }
    std::map<Name, VersionNumber> served;

   private:
    std::unique_ptr<Journal> journal_;
    ImageFiles images_;
    std::atomic<bool> stopping_{false};
    Builder builder_;
    Watcher watcher_;
    Policy policy_;
  };

  TEST_CASE("every acknowledged push ends at every node, and never an older one after a newer") {
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
      CAPTURE(seed);
      const World world("faults");
      test::FaultyStore store(world.clock, seed);
      Archive archive(store, *world.blobs, 100);
      const auto directory = fresh_directory("fault-nodes");
      Node a(directory / "a", archive, world.policy);
      Node b(directory / "b", archive, world.policy);
      const std::vector<Name> zones{*Name::parse("one.example."), *Name::parse("two.example.")};
      std::map<Name, std::map<std::uint64_t, VersionHash>> acknowledged;
      int refused = 0;
      for (std::uint32_t serial = 1; serial <= 25; ++serial) {
        std::vector<Draft> drafts;
        store.be_calm(true);  // the operator has seen the heads
        for (const Name& zone : zones) {
          const auto head = archive.head(zone);
          REQUIRE(head);
          drafts.push_back(
              draft_of(content_of(zone.to_string(), serial), *head ? &(*head)->stored : nullptr));
        }
        const auto bundle = world.bundle_of(drafts);
        store.be_calm(false);
        PublishReport report = doors::publish(archive, world.policy, bundle, {});
        if (!report.revision) report = doors::publish(archive, world.policy, bundle, {});  // once more
        if (report.revision) {
          const auto parsed = Bundle::parse(bundle);
          for (const Bundle::Item& item : parsed->items())
            acknowledged[item.version.zone][item.version.number.seq] = merkle_leaf(item.record);
        } else {
          ++refused;
        }
        a.look();
        if (serial % 3 == 0) b.look();
      }
      CHECK(refused < 15);
      store.be_calm(true);
      for (Node* node : {&a, &b}) {
        node->look();
        node->look();
        node->look();
      }
      for (const Name& zone : zones) {
        const auto head = archive.head(zone);
        REQUIRE(head->has_value());
        CHECK(a.served[zone] == (*head)->stored.version.number);
        CHECK(b.served[zone] == (*head)->stored.version.number);
        REQUIRE_FALSE(acknowledged[zone].empty());
        for (const auto& entry : acknowledged[zone]) {
          const auto kept = archive.version(zone, entry.first);
          REQUIRE(kept->has_value());
          CHECK((*kept)->signed_version.hash() == entry.second);
        }
      }
    }
  }

  TEST_CASE("a push larger than a transaction is published whole, zone by zone; broken off, pushed again") {
    const World world("large");
    test::FaultyStore store(world.clock, 7);
    store.set_limits({6, 1 << 20});
    Archive archive(store, *world.blobs, 10);
    std::map<std::string, StoredVersion> heads;
    for (std::uint32_t serial = 1; serial <= 14; ++serial) {  // beyond the history, so that it trims
      std::vector<Draft> drafts;
      for (int i = 0; i < 9; ++i) {
        const std::string zone = "z" + std::to_string(i) + ".example.";
        drafts.push_back(draft_of(content_of(zone, serial), serial == 1 ? nullptr : &heads.at(zone)));
      }
      const auto bundle = world.bundle_of(drafts);
      PublishReport report;
      int tries = 0;
      store.be_calm(false);
      while (!report.revision && ++tries < 200) report = doors::publish(archive, world.policy, bundle, {});
      REQUIRE(report.revision);
      store.be_calm(true);
      for (int i = 0; i < 9; ++i) {
        const std::string zone = "z" + std::to_string(i) + ".example.";
        const auto head = archive.head(*Name::parse(zone));
        REQUIRE(head->has_value());
        CHECK((*head)->stored.version.serial == Serial(serial));
        heads.insert_or_assign(zone, (*head)->stored);
      }
    }
    for (const auto& [zone, head] : heads) {
      const auto history = archive.history(*Name::parse(zone));
      REQUIRE(history);
      CHECK(history->size() >= 10);
      for (std::size_t i = 1; i < history->size(); ++i)
        CHECK((*history)[i].version.previous == (*history)[i - 1].signed_version.hash());
    }
  }
}

}  // namespace
}  // namespace doors
