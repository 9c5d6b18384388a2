#include "sync/pop/fleet_board.h"

#include <doctest/doctest.h>

#include "sync/pop/settled_revision.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: the fleet as the store shows it") {
  const Monotonic start{std::chrono::hours(1)};
  const Monotonic limit = start + std::chrono::seconds(10);
  const Name zone = *Name::parse("example.");

  NodeRecord node(const std::string& pop, std::uint64_t revision) {
    NodeRecord record;
    record.pop = pop;
    record.node = "n1";
    record.revision = revision;
    record.zones = 1;
    return record;
  }

  /// A wait for one zone put at revision 7, and what it is told: "POP served", "POP REASON", "end yes".
  struct Waiting {
    explicit Waiting(FleetBoard& board) {
      id = board.wait({{zone, {0, 3}, Serial(3)}}, 7, {}, start, limit,
                      {[this](const NodeRecord& from, const Receipt& receipt) {
                         told.push_back(from.pop + " " + (receipt.served ? "served" : receipt.reason));
                       },
                       [this](bool complete) { told.push_back(complete ? "end yes" : "end no"); }});
    }
    std::vector<std::string> told;
    FleetBoard::WaitId id = 0;
  };
  using Told = std::vector<std::string>;

  TEST_CASE("every live node gives its receipt once it has settled that revision") {
    FleetBoard board;
    board.set(node("a", 6), start);
    board.set(node("b", 9), start);
    Waiting waiting(board);
    CHECK(waiting.told == Told{"b served"});
    board.set(node("c", 2), start);  // was not there when it began
    board.set(node("a", 7), start);
    CHECK(waiting.told == Told{"b served", "a served", "end yes"});
    CHECK(board.next_deadline() == Monotonic::max());
  }

  TEST_CASE("what a node does not serve is failed, and so is all of more than it can name") {
    FleetBoard board;
    NodeRecord named = node("a", 7);
    named.failed = 1;
    named.bad.push_back({zone, {0, 3}, "SERVFAIL"});
    NodeRecord many = node("b", 7);
    many.failed = 40;
    NodeRecord other = node("c", 7);
    other.failed = 1;
    other.bad.push_back({*Name::parse("other."), {0, 3}, "SERVFAIL"});
    for (const NodeRecord& record : {named, many, other}) board.set(record, start);
    const Waiting waiting(board);
    CHECK(waiting.told ==
          Told{"a SERVFAIL", "b 40 zones are not served there, more than it can name", "c served", "end no"});
  }

  TEST_CASE("a node that dies, or whose doord is lost, is told; without any node nothing is complete") {
    FleetBoard board;
    CHECK(Waiting(board).told == Told{"end no"});
    board.set(node("a", 1), start);
    NodeRecord lost = node("b", 9);
    lost.lost = "doord is lost: no such file";
    board.set(lost, start);
    board.set(node("c", 1), start);
    Waiting waiting(board);
    board.remove("node/a/n1", start);
    CHECK(waiting.told == Told{"a the node is gone: its lease has ended"});
    board.expire(limit - std::chrono::seconds(1));
    CHECK(waiting.told.size() == 1);
    board.expire(limit);
    CHECK(waiting.told == Told{"a the node is gone: its lease has ended",
                               "b no receipt in time: doord is lost: no such file", "c no receipt in time",
                               "end no"});
  }

  TEST_CASE("nobody waits for what a node holds back, and that is told") {
    FleetBoard board;
    NodeRecord canary = node("a", 7);
    canary.groups = {"canary"};
    NodeRecord late = node("c", 1);
    late.delay = std::chrono::hours(1);
    for (const NodeRecord& record : {canary, node("b", 1), late}) board.set(record, start);
    FleetPlan plan;
    plan.rollout.id = 4;
    plan.rollout.state = Rollout::State::going;
    plan.rollout.waves = {"group:canary", "all"};
    plan.rollout.open = 1;
    Told told;
    const FleetBoard::Wanted wanted{zone, {0, 3}, Serial(3), 4, false};
    CHECK(board.wait(
              {wanted}, 7, plan, start, limit,
              {[&](const NodeRecord& from, const Receipt& receipt) {
                 told.push_back(from.pop + (receipt.served ? " served" : receipt.held ? " held" : " failed"));
               },
               [&](bool complete) { told.push_back(complete ? "end yes" : "end no"); }}) == 0);
    CHECK(told == Told{"a served", "b held", "c held", "end yes"});
    board.remove("node/b/n1", start);
    CHECK(board.gone().size() == 1);
    board.set(node("b", 1), start);
    CHECK(board.gone().empty());
  }

  TEST_CASE("who does not wait any more is not told; a new listing takes all others away") {
    FleetBoard board;
    board.set(node("a", 1), start);
    Waiting cancelled(board);
    Waiting waiting(board);
    board.cancel(cancelled.id);
    FleetBoard::Nodes nodes;
    nodes.emplace("node/b/n1", node("b", 9));
    board.replace(nodes, start);
    CHECK(cancelled.told.empty());
    CHECK(waiting.told == Told{"a the node is gone: its lease has ended", "end no"});
    CHECK(board.nodes().size() == 1);
  }

  TEST_CASE("a record comes back from its octets, and is believed under its own key alone") {
    NodeRecord record = node("ams1", 12);
    record.started = 5;
    record.lost = "gone";
    record.failed = 50;
    record.groups = {"canary", "eu"};
    record.labels = {"rack=7"};
    record.delay = std::chrono::minutes(5);
    record.held = 2;
    record.against = 9;
    record.why_against = "NXDOMAIN rose";
    for (std::uint64_t i = 0; i < 50; ++i) record.bad.push_back({zone, {1, i}, std::string(5000, 'x')});
    const auto octets = record.encode();
    const auto read = NodeRecord::decode(record.key(), octets);
    REQUIRE(read);
    CHECK(read->pop == "ams1");
    CHECK(read->revision == 12);
    CHECK(read->lost == "gone");
    CHECK(read->failed == 50);
    CHECK(read->who().groups == record.groups);
    CHECK(read->who().labels == record.labels);
    CHECK(read->delay == record.delay);
    CHECK(read->held == 2);
    CHECK(read->against == 9);
    CHECK(read->why_against == "NXDOMAIN rose");
    REQUIRE(read->bad.size() == NodeRecord::most_bad);
    CHECK(read->bad[3].number == VersionNumber{1, 3});
    CHECK(read->bad[3].reason == std::string(200, 'x'));
    CHECK_FALSE(NodeRecord::decode("node/fra1/n1", octets));
    CHECK_FALSE(NodeRecord::decode(record.key(), Octets(octets).first(octets.size() - 1)));
    CHECK_FALSE(NodeRecord::decode(record.key(), {}));
  }

  TEST_CASE("a zone that is not settled holds the revision back, others do not") {
    const Name other = *Name::parse("other.");
    SettledRevision settled;
    settled.given(5, {});
    CHECK(settled.revision() == 5);
    settled.given(7, {zone});
    settled.given(9, {other});
    CHECK(settled.revision() == 5);
    settled.settled(other);
    CHECK(settled.revision() == 5);
    settled.settled(zone);
    CHECK(settled.revision() == 9);
    settled.given(10, {zone});
    settled.given(12, {zone});  // overtaken by its next version
    CHECK(settled.revision() == 9);
    settled.settled(zone);
    settled.settled(zone);
    CHECK(settled.revision() == 12);
  }
}

}  // namespace
}  // namespace doors
