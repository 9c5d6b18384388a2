#include "sync/xfr/expiry.h"

#include <doctest/doctest.h>

namespace doors::xfr {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST_SUITE("xfr: expiry (RFC 1034 §4.3.5)") {
  const Name a = *Name::parse("a.");
  const Name b = *Name::parse("b.");
  const SoaFields soa{.serial = 1, .refresh = 600, .retry = 300, .expire = 86'400, .minimum = 1};

  /// A node's life, until restart() begins another one from what was remembered.
  struct Node {
    Node() { begin(); }
    void begin() {
      expiry.emplace(clock);
      for (const auto& [zone, confirmation] : remembered) expiry->restore(confirmation);
      expiry->follow(a, OnExpire::servfail);
      expiry->follow(b, OnExpire::keep);
      look();
    }
    void look() {
      expiry->tick();
      for (const Confirmation& each : expiry->take_news()) remembered.insert_or_assign(each.zone, each);
    }
    void confirm(const Name& zone) {
      expiry->confirm(zone, soa);
      look();
    }
    void confirm_all() {
      confirm(a);
      confirm(b);
    }
    void pass(std::chrono::nanoseconds time) {
      clock.advance(time);
      look();
    }
    /// A jump of the calendar that the steady clock does not see.
    void jump(std::chrono::nanoseconds by) {
      clock.jump_to(clock.wall() + std::chrono::duration_cast<WallTime::duration>(by));
      look();
    }
    bool is_withheld(const Name& zone) { return expiry->withheld().contains(zone); }
    bool has_alarm(const std::string& text) {
      for (const std::string& alarm : expiry->alarms()) {
        if (alarm.find(text) != std::string::npos) return true;
      }
      return false;
    }
    bool is_fine() { return expiry->alarms().empty() && expiry->withheld().empty(); }

    ManualClock clock;
    std::map<Name, Confirmation> remembered;
    std::optional<Expiry> expiry;
  };
  constexpr auto ten_years = hours(24 * 3653);

  TEST_CASE("an hour without its primary changes no answer, but raises an alarm") {
    Node node;
    node.confirm_all();
    CHECK(node.is_fine());
    node.pass(seconds(1199));
    CHECK(node.is_fine());
    node.pass(hours(1));
    CHECK(node.expiry->withheld().empty());
    CHECK(node.has_alarm("in time: 2 zones: a., b."));
    node.confirm(a);
    CHECK(node.has_alarm("in time: zone b."));
    node.confirm(b);
    CHECK(node.is_fine());
  }

  TEST_CASE("a zone expires after EXPIRE, is withheld if it shall be, and comes back with a confirmation") {
    Node node;
    node.confirm_all();
    CHECK(*node.expiry->expires(a) == node.clock.monotonic() + hours(24));
    node.pass(seconds(86'399));
    CHECK(node.expiry->withheld().empty());
    node.pass(seconds(1));
    CHECK(node.is_withheld(a));
    CHECK_FALSE(node.is_withheld(b));
    CHECK(node.has_alarm("expired, as no primary confirms it: 2 zones: a., b."));
    node.expiry->follow(b, OnExpire::servfail);  // the config is read again
    node.look();
    CHECK(node.is_withheld(b));
    node.confirm_all();
    CHECK(node.is_fine());
  }

  TEST_CASE("what could not be kept is news again") {
    Node node;
    node.expiry->confirm(a, soa);
    const auto news = node.expiry->take_news();
    REQUIRE(news.size() == 1);
    CHECK(node.expiry->take_news().empty());
    node.expiry->give_back(news);
    const auto again = node.expiry->take_news();
    REQUIRE(again.size() == 1);
    CHECK(again[0].zone == a);
    CHECK(node.expiry->take_news().empty());
  }

  TEST_CASE("over a restart the calendar counts") {
    Node node;
    node.confirm_all();
    node.pass(hours(20));
    node.clock.advance(hours(2));  // while it is down
    node.begin();
    CHECK(node.expiry->withheld().empty());
    CHECK(*node.expiry->expires(a) == node.clock.monotonic() + hours(2));
    node.pass(hours(2));
    CHECK(node.is_withheld(a));
    node.begin();
    CHECK(node.is_withheld(a));
    node.confirm_all();
    node.clock.advance(hours(25));
    node.begin();
    CHECK(node.is_withheld(a));
  }

  TEST_CASE("a jump of the calendar while it runs freezes all, over restarts too, until a confirmation") {
    for (const std::chrono::nanoseconds jump :
         {std::chrono::nanoseconds(ten_years), -std::chrono::nanoseconds(ten_years),
          std::chrono::nanoseconds(hours(30))}) {
      Node node;
      node.confirm_all();
      node.pass(hours(1));
      node.jump(jump);
      CHECK(node.has_alarm("the clock jumped"));
      node.pass(hours(30));
      CHECK(node.expiry->withheld().empty());
      CHECK_FALSE(node.expiry->expires(a));
      node.begin();
      node.pass(hours(30));
      CHECK(node.expiry->withheld().empty());
      CHECK(node.has_alarm("until a primary confirms it: 2 zones"));
      node.confirm_all();
      CHECK(node.is_fine());
      node.pass(hours(24));
      CHECK(node.is_withheld(a));
    }
  }

  TEST_CASE("a jump over a restart freezes too, and what has expired stays so") {
    for (const auto jump : {ten_years, -ten_years}) {
      Node node;
      node.confirm(a);
      node.pass(hours(24));
      CHECK(node.is_withheld(a));
      node.confirm(b);
      node.clock.jump_to(node.clock.wall() + jump);
      node.begin();
      CHECK(node.has_alarm("the clock jumped"));
      CHECK(node.is_withheld(a));
      CHECK_FALSE(node.is_withheld(b));
      node.confirm_all();
      CHECK(node.is_fine());
    }
  }

  TEST_CASE("a clock that is set right by seconds, or runs a little wrong, is no jump") {
    Node node;
    node.confirm_all();
    node.jump(seconds(59));
    CHECK(node.is_fine());
    node.pass(hours(23));
    node.jump(seconds(40));
    CHECK(node.has_alarm("in time"));
    CHECK_FALSE(node.has_alarm("jumped"));
  }

  TEST_CASE("EXPIRE below what two looks take is no EXPIRE, and a zone that never came is an alarm") {
    Node node;
    node.expiry->confirm(a, {.refresh = 600, .retry = 300, .expire = 1});
    node.pass(seconds(899));
    CHECK(node.expiry->withheld().empty());
    node.pass(seconds(1));
    CHECK(node.is_withheld(a));
    CHECK_FALSE(node.has_alarm("in time"));
    node.pass(hours(1));
    CHECK(node.has_alarm("in time: zone b."));
    node.expiry->forget(a);
    node.expiry->forget(b);
    node.look();
    CHECK(node.is_fine());
  }
}

}  // namespace
}  // namespace doors::xfr
