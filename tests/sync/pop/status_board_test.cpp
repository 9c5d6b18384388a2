#include "sync/pop/status_board.h"

#include <doctest/doctest.h>

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: receipts") {
  using std::chrono::milliseconds;
  const Name a = *Name::parse("a.");
  const Name b = *Name::parse("b.");

  struct Heard {
    std::string all;
    StatusBoard::Waiter waiter() {
      return {[this](const Receipt& receipt) {
                all += receipt.zone.to_string() + receipt.number.to_string() + (receipt.served ? "+" : "-") +
                       std::to_string(receipt.elapsed.count()) +
                       (receipt.reason.empty() ? "" : "(" + receipt.reason + ")") + " ";
              },
              [this](bool complete) { all += complete ? "all" : "not all"; }};
    }
  };
  struct Fixture {
    ManualClock clock;
    StatusBoard board;
    Heard heard;
    Monotonic now() { return clock.monotonic(); }
    void announce(const Name& zone, std::uint64_t seq) {
      board.announce(zone, {1, seq}, Serial(static_cast<std::uint32_t>(seq)), VersionKind::push, now());
    }
    void settle(const Name& zone, std::uint64_t seq, ServiceState state, std::string reason = "") {
      board.settle(zone, {1, seq}, state, std::move(reason), now());
    }
    StatusBoard::WaitId wait(std::vector<std::pair<Name, VersionNumber>> zones, milliseconds time) {
      return board.wait(zones, now(), now() + time, heard.waiter());
    }
  };

  TEST_CASE_FIXTURE(Fixture, "a wait hears each zone once it has settled, and then the end") {
    announce(a, 1);
    announce(b, 1);
    CHECK(wait({{a, {1, 1}}, {b, {1, 1}}}, milliseconds(1000)) != 0);
    clock.advance(milliseconds(30));
    settle(a, 1, ServiceState::pending, "doord takes it");
    CHECK(heard.all.empty());
    settle(a, 1, ServiceState::served);
    clock.advance(milliseconds(10));
    settle(b, 1, ServiceState::served);
    CHECK(heard.all == "a.1/1+30 b.1/1+40 all");
    CHECK(board.next_deadline() == Monotonic::max());
  }

  TEST_CASE_FIXTURE(Fixture, "what has settled already is told at once") {
    announce(a, 2);
    settle(a, 2, ServiceState::served);
    CHECK(wait({{a, {1, 1}}}, milliseconds(1000)) == 0);
    CHECK(heard.all == "a.1/2+0 all");
    CHECK(wait({}, milliseconds(0)) == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "a failure is a receipt too, and the wait is not complete") {
    announce(a, 1);
    wait({{a, {1, 1}}}, milliseconds(1000));
    settle(a, 1, ServiceState::failed, "bad signature");
    CHECK(heard.all == "a.1/1-0(bad signature) not all");
  }

  TEST_CASE_FIXTURE(Fixture, "a later version counts for an earlier one, an earlier one for nothing") {
    announce(a, 3);
    wait({{a, {1, 2}}}, milliseconds(1000));
    settle(a, 2, ServiceState::served);
    CHECK(heard.all.empty());
    settle(a, 3, ServiceState::served);
    CHECK(heard.all == "a.1/3+0 all");
    announce(a, 2);
    CHECK(board.find(a)->number == VersionNumber{1, 3});
  }

  TEST_CASE_FIXTURE(Fixture, "at the deadline what is open fails with the reason") {
    announce(a, 1);
    settle(a, 1, ServiceState::pending, "the service addresses are asked");
    wait({{a, {1, 1}}, {b, {1, 1}}}, milliseconds(1000));
    clock.advance(milliseconds(999));
    board.expire(now(), "");
    CHECK(heard.all.empty());
    clock.advance(milliseconds(1));
    board.expire(now(), "");
    CHECK(heard.all ==
          "a.1/1-1000(no receipt in time: the service addresses are asked) "
          "b.1/1-1000(no receipt in time: the version is not known here) not all");
    settle(a, 1, ServiceState::served);  // nobody is left to hear it
  }

  TEST_CASE_FIXTURE(Fixture, "who has left hears nothing") {
    announce(a, 1);
    board.cancel(wait({{a, {1, 1}}}, milliseconds(1000)));
    settle(a, 1, ServiceState::served);
    CHECK(heard.all.empty());
  }
}

}  // namespace
}  // namespace doors
