#include "server/health/keeper_replies.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace doors {
namespace {

using namespace std::chrono_literals;

struct World {
  World() {
    config.node = {"ams1", "n1"};
    settings.services = {"192.0.2.53:53"};
    settings.prefixes = {{"192.0.2.0/24", "door4", {0}}};
  }
  [[nodiscard]] Keeper keeper() const { return Keeper(clock, settings, {}, {false}); }

  ManualClock clock;
  KeeperConfig config;
  Keeper::Settings settings;
};

std::vector<std::string> all(const ControlMessage& message, std::string_view key) {
  std::vector<std::string> values;
  for (const auto& [name, value] : message.fields()) {
    if (name == key) values.push_back(value);
  }
  return values;
}

TEST_SUITE("health: what doorkeeper's socket tells") {
  TEST_CASE_FIXTURE(World, "status names the node, each prefix and the BGP speaker") {
    const Keeper fresh = keeper();
    ControlMessage status = status_reply({config, fresh, {}}, clock.monotonic());
    CHECK(status.text("pop") == "ams1");
    CHECK(status.text("node") == "n1");
    CHECK(status.text("state") == "starting");
    CHECK(status.text("prefix") == "192.0.2.0/24 withdrawn");
    CHECK(status.text("bird") == "off");
    CHECK(!status.get("drain_reason"));

    AnnouncerReport report;
    CHECK(status_reply({config, fresh, {{"bird", report}}}, clock.monotonic()).text("bird") == "lost");
    report.connected = true;
    CHECK(status_reply({config, fresh, {{"bird", report}}}, clock.monotonic()).text("bird") == "connected");
  }

  TEST_CASE_FIXTURE(World,
                    "status fits a packet however many prefixes there are, and says how many it left out") {
    settings.prefixes.assign(3000, settings.prefixes.front());
    const Keeper many(clock, settings, {}, std::vector<bool>(3000, false));
    const ControlMessage status = status_reply({config, many, {}}, clock.monotonic());
    CHECK(status.encode());
    CHECK(status.text("bird") == "off");
    const auto prefixes = all(status, "prefix");
    CHECK(prefixes.size() > 500);
    CHECK(prefixes.front() == "192.0.2.0/24 withdrawn");
    CHECK(prefixes.back() == "… and " + std::to_string(3000 - (prefixes.size() - 1)) + " more");
    CHECK(all(status, "lease_left_ms").size() == prefixes.size() - 1);
  }

  TEST_CASE_FIXTURE(World, "a drain is told by whom and why, and how far it is") {
    Keeper draining = keeper();
    (void)draining.step(DrainAsked{"new kernel", "root"});
    const ControlMessage status = status_reply({config, draining, {}}, clock.monotonic());
    CHECK(status.text("drain_reason") == "new kernel");
    CHECK(status.text("drain_by") == "root");
    // Nothing was announced, so it is over at once.
    const ControlMessage end = drain_reply(draining, clock.monotonic());
    CHECK(end.verb() == "end");
    CHECK(end.text("state") == "drained");
    CHECK(end.text("reason") == "nothing was announced");
  }

  TEST_CASE_FIXTURE(World, "a drain under way tells what it waits for") {
    Keeper keeper(clock, settings, {}, {true});
    (void)keeper.step(LeaseSet{0, Lane::up, ""});
    (void)keeper.step(DrainAsked{"", "root"});
    REQUIRE(keeper.drain().phase() == Drain::Phase::marked);
    const ControlMessage progress = drain_reply(keeper, clock.monotonic());
    CHECK(progress.verb() == "progress");
    CHECK(progress.text("goal_queries_per_second") == "10.0");
    CHECK(progress.number("left_ms") == 30'000);
  }

  TEST_CASE_FIXTURE(World, "why has the keeper's lines, the kernel's and the speaker's") {
    const Keeper fresh = keeper();
    AnnouncerReport report{true, "connected", {{"192.0.2.0/24", false}}};
    const auto lines = all(why_reply({config, fresh, {{"bird", report}}}, {"kernel: nothing"}), "reason");
    for (const char* line : {"kernel: nothing", "bird: connected", "bird: has not 192.0.2.0/24"}) {
      CAPTURE(line);
      CHECK(std::ranges::find(lines, line) != lines.end());
    }
    CHECK(all(why_reply({config, fresh, {}}, {}), "reason").back() ==
          "bird: not configured, the lease alone");
  }

  TEST_CASE_FIXTURE(World, "why fits a packet whatever there is to tell, and says how much it left out") {
    const Keeper fresh = keeper();
    const std::size_t own = all(why_reply({config, fresh, {}}, {}), "reason").size();
    const std::vector<std::string> leases(1000, std::string(100, 'x'));
    const ControlMessage why = why_reply({config, fresh, {}}, leases);
    CHECK(why.encode());
    const auto lines = all(why, "reason");
    CHECK(lines.size() > 500);
    CHECK(lines.back() ==
          "… and " + std::to_string(own + leases.size() - (lines.size() - 1)) + " lines more");
  }

  TEST_CASE("the history comes oldest first, with an end") {
    KeeperMemory memory;
    memory.changes.push_back({WallTime(1000ms), "drain ordered", "root", "new kernel", false});
    memory.changes.push_back({WallTime(2000ms), "drained", "", "", false});
    const auto replies = history_replies(memory);
    REQUIRE(replies.size() == 3);
    CHECK(replies[0].verb() == "change");
    CHECK(replies[0].number("at_ms") == 1000);
    CHECK(replies[0].text("event") == "drain ordered");
    CHECK(replies[1].text("event") == "drained");
    CHECK(replies[2].verb() == "end");
  }
}

}  // namespace
}  // namespace doors
