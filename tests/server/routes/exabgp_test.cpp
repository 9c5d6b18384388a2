#include "server/routes/exabgp.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "server/routes/exabgp_dialogue.h"

using doors::ExabgpDialogue;
using doors::Lane;
using doors::octets_of;
using doors::Wanted;
using namespace std::chrono_literals;

namespace {

struct World {
  /// What is said now, "" for nothing.
  std::string next() { return dialogue.next(now).value_or(""); }
  bool hear(std::string_view text) { return dialogue.hear(octets_of(text), now); }

  doors::Monotonic now{1h};
  ExabgpDialogue dialogue{{.next_hop4 = "self", .next_hop6 = "2001:db8::1", .origin_as = 64501},
                          {"192.0.2.0/24", "2001:db8:53::/48"}};
};

}  // namespace

TEST_SUITE("routes: what ExaBGP's process says and hears") {
  TEST_CASE_FIXTURE(World, "nothing is said before something is wanted") { CHECK(next().empty()); }

  TEST_CASE_FIXTURE(World, "the lane makes the route's attributes") {
    struct Row {
      Lane lane;
      const char* line;
    };
    for (const Row& row :
         {Row{Lane::up, "announce route 192.0.2.0/24 next-hop self\n"},
          Row{Lane::far, "announce route 192.0.2.0/24 next-hop self as-path [ 64501 64501 64501 64501 ]\n"},
          Row{Lane::drain, "announce route 192.0.2.0/24 next-hop self community [ 65535:0 ]\n"},
          Row{Lane::none, "withdraw route 192.0.2.0/24 next-hop self\n"}}) {
      CAPTURE(row.line);
      dialogue.want(0, row.lane);
      CHECK(next() == row.line);
      CHECK(hear("done\n"));
      CHECK(dialogue.acknowledged(0) == row.lane);
    }
    dialogue.want(1, Lane::up);
    CHECK(next() == "announce route 2001:db8:53::/48 next-hop 2001:db8::1\n");
  }

  TEST_CASE_FIXTURE(World, "one command at a time, withdrawals first, acknowledgements in any pieces") {
    dialogue.want(0, Lane::up);
    dialogue.want(1, Lane::none);
    CHECK(next().starts_with("withdraw route 2001:db8:53::/48"));
    CHECK(next().empty());
    CHECK(hear("do"));
    CHECK(next().empty());
    CHECK(hear("ne\n"));
    CHECK(next().starts_with("announce route 192.0.2.0/24"));
    CHECK(!dialogue.acknowledged(0));
    CHECK(hear("done\n"));
    CHECK(next().empty());
    CHECK(!dialogue.waits_since());
  }

  TEST_CASE_FIXTURE(World, "what is announced is said again each second") {
    dialogue.want(0, Lane::up);
    CHECK(!next().empty());
    CHECK(hear("done\n"));
    now += 999ms;
    CHECK(next().empty());
    now += 1ms;
    CHECK(next().starts_with("announce route 192.0.2.0/24"));
  }

  TEST_CASE_FIXTURE(World, "a refusal is told, and tried again") {
    dialogue.want(0, Lane::none);
    CHECK(!next().empty());
    CHECK(hear("error\n"));
    CHECK(dialogue.refusal() == "withdraw route 192.0.2.0/24 next-hop self");
    CHECK(!dialogue.acknowledged(0));
    now += 1s;
    CHECK(!next().empty());
    CHECK(hear("done\n"));
    CHECK(dialogue.refusal().empty());
  }

  TEST_CASE_FIXTURE(
      World, "an ExaBGP that acknowledges nothing hears of a withdrawal all the same, and of no repetition") {
    dialogue.want(0, Lane::up);
    CHECK(!next().empty());
    dialogue.want(0, Lane::none);
    CHECK(next().empty());
    now += 2s;
    CHECK(next().starts_with("withdraw"));
    now += 1h;
    CHECK(next().empty());
    CHECK(dialogue.waits_since());
    // It wakes up: the acknowledgements are still in order.
    CHECK(hear("done\n"));
    CHECK(dialogue.acknowledged(0) == Lane::up);
    CHECK(hear("done\n"));
    CHECK(dialogue.acknowledged(0) == Lane::none);
  }

  TEST_CASE_FIXTURE(World, "while an acknowledgement is late, each change goes out at once, and once") {
    dialogue.want(0, Lane::up);
    CHECK(!next().empty());
    now += 2s;
    for (int i = 0; i < 2000; ++i) {
      dialogue.want(0, Lane::none);
      dialogue.want(1, Lane::up);
      CHECK(next().starts_with("withdraw route 192.0.2.0/24"));
      if (i == 0) CHECK(next().starts_with("announce route 2001:db8:53::/48"));
      CHECK(next().empty());
      dialogue.want(0, Lane::up);
      CHECK(next().starts_with("announce route 192.0.2.0/24"));
      CHECK(next().empty());
      now += 2s;
    }
  }

  TEST_CASE("what is no acknowledgement, or one too many, ends the dialogue") {
    for (const char* text : {"done\n", "shutdown\n", "{ \"exabgp\": 1 }\n", "\n"}) {
      CAPTURE(text);
      World world;
      CHECK(!world.hear(text));
    }
    World world;
    world.dialogue.want(0, Lane::up);
    CHECK(!world.next().empty());
    CHECK(!world.hear(std::string(100, 'x')));
  }

  TEST_CASE("doorkeeper asks for all prefixes and reads what the follower tells") {
    const auto request = doors::follower_request({{"192.0.2.0/24", "", Wanted::announced, Lane::up},
                                                  {"2001:db8::/48", "", Wanted::withdrawn, Lane::none},
                                                  {"198.51.100.0/24", "", Wanted::as_is, Lane::none}});
    CHECK(request.text("announced") == "192.0.2.0/24");
    CHECK(request.text("withdrawn") == "2001:db8::/48");
    CHECK(request.text("as_is") == "198.51.100.0/24");

    const auto report = doors::read_follower(doors::ControlMessage("routes")
                                                 .with("present", "192.0.2.0/24")
                                                 .with("absent", "2001:db8::/48")
                                                 .with("problem", "no acknowledgement"));
    CHECK(report.connected);
    CHECK(report.words == "connected, but no acknowledgement");
    REQUIRE(report.routes.size() == 2);
    CHECK(report.routes[0].present);
    CHECK(!report.routes[1].present);
    CHECK(!doors::read_follower(doors::ControlMessage("error").with("reason", "x")).connected);
  }
}
