#include "sync/pop/holdback.h"

#include <doctest/doctest.h>

#include "tests/sync/pop/world.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: a PoP that is behind on purpose") {
  using std::chrono::minutes;

  const FleetNode self{"ams1", "n1", {"canary"}, {}};

  struct Fixture {
    /// Publishes the zone's next version, made `at` minutes after the start.
    void push(std::string_view zone, std::uint32_t serial, int at) {
      const auto before = world.archive->head(*Name::parse(zone));
      REQUIRE(before);
      Draft draft = draft_of(content_of(zone, serial), *before ? &(*before)->stored : nullptr);
      draft.version.created = static_cast<std::uint64_t>(start + at * 60);
      world.must_publish({draft});
    }
    /// What may be taken then, as "SERIAL SERIAL"; it is taken.
    std::string release(int at, bool news = true) {
      std::string serials;
      const auto known = [this](NameView zone) -> std::optional<ChainHead> {
        const auto found = taken.find(Name(zone));
        return found == taken.end() ? std::nullopt : std::optional(found->second);
      };
      for (const StoredVersion& stored :
           delay.release(news ? world.heads() : std::vector<StoredVersion>(), time(at), known)) {
        taken[stored.version.zone] = stored.chain_head();
        serials += (serials.empty() ? "" : " ") + std::to_string(stored.version.serial.raw());
      }
      return serials;
    }
    static WallTime time(int at) { return WallTime(std::chrono::seconds(start) + minutes(at)); }

    static constexpr std::int64_t start = 1'700'000'000;
    World world{"delay"};
    Holdback delay{*world.archive, self, minutes(60)};
    std::map<Name, ChainHead> taken;
  };

  TEST_CASE_FIXTURE(Fixture, "a version is taken an hour after it was made, and not before") {
    push("a.", 1, 0);
    CHECK(release(1).empty());
    CHECK(delay.next() == time(60));
    CHECK(release(59, false).empty());
    CHECK(release(60, false) == "1");
    CHECK(delay.held() == 0);
    CHECK_FALSE(delay.next());
  }

  TEST_CASE_FIXTURE(Fixture, "of several the newest that is old enough is taken") {
    push("a.", 1, 0);
    push("a.", 2, 10);
    push("a.", 3, 20);
    push("b.", 7, 20);
    CHECK(release(21).empty());
    CHECK(delay.next() == time(60));
    CHECK(release(75, false) == "2");
    CHECK(delay.next() == time(80));
    CHECK(release(80, false) == "3 7");
  }

  TEST_CASE_FIXTURE(Fixture, "what supersedes a bad version in time keeps it from ever being taken") {
    push("a.", 1, -120);
    CHECK(release(0) == "1");
    push("a.", 66, 5);
    push("a.", 67, 6);  // the rollback
    CHECK(release(30).empty());
    CHECK(release(66, false) == "67");
  }

  TEST_CASE_FIXTURE(Fixture, "an old state is found again after a restart") {
    push("a.", 1, 0);
    push("a.", 2, 50);
    // The store shows the head alone, and that is too new.
    CHECK(release(70) == "1");
    CHECK(delay.next() == time(110));
  }

  TEST_CASE_FIXTURE(Fixture, "what was made before the promotion is taken at once") {
    push("a.", 1, 0);
    push("b.", 2, 10);
    FleetPlan plan;
    plan.promotions.push_back({"group:canary", static_cast<std::uint64_t>(start)});
    delay.set_plan(plan);
    CHECK(release(11) == "1");
    CHECK(delay.held() == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "the newest version that the plan allows is taken, however many follow it") {
    push("a.", 1, 0);
    push("a.", 2, 1);
    push("a.", 3, 2);
    Holdback pinned{*world.archive, self, std::chrono::milliseconds(0)};
    FleetPlan plan;
    plan.pins.push_back({"pop:ams1", *Name::parse("a."), 1, 2});
    pinned.set_plan(plan);
    const auto none = [](NameView) { return std::optional<ChainHead>(); };
    auto due = pinned.release(world.heads(), time(3), none);
    REQUIRE(due.size() == 1);
    CHECK(due[0].version.serial == Serial(2));
    CHECK(pinned.held() == 1);
    CHECK_FALSE(pinned.next());
    pinned.set_plan({});
    due = pinned.release({}, time(3), none);
    REQUIRE(due.size() == 1);
    CHECK(due[0].version.serial == Serial(3));
    CHECK(pinned.held() == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "without a delay nothing is held back") {
    push("a.", 1, 0);
    Holdback none{*world.archive, self, std::chrono::milliseconds(0)};
    CHECK(none.release(world.heads(), time(0), [](NameView) { return std::nullopt; }).size() == 1);
    CHECK(none.held() == 0);
  }
}

}  // namespace
}  // namespace doors
