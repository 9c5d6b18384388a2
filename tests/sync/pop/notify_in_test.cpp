#include "sync/pop/notify_in.h"

#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "sync/pop/control.h"
#include "tests/zones/base/temporary_directory.h"

namespace doors {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// doord's end, by hand: keeps who waits.
struct World {
  World() { start(); }
  void start() {
    auto listening =
        Control::listen(io, directory / "doord.sock",
                        [this](const std::shared_ptr<ControlSession>& session, const Packet& packet) {
                          verbs.push_back(packet.message.verb());
                          waiting.push_back(session);
                        });
    REQUIRE(listening);
    control = std::move(*listening);
  }
  void stop() {
    waiting.clear();
    control.reset();
  }
  void tell(const std::vector<std::string>& zones) {
    REQUIRE_FALSE(waiting.empty());
    for (const std::string& zone : zones) waiting.back()->send(ControlMessage("notify").with("zone", zone));
    waiting.back()->send(ControlMessage("end"));
    waiting.back()->done();
    waiting.pop_back();
  }
  void answer_wrongly() {
    waiting.back()->send(ControlMessage("error").with("reason", "unknown verb"));
    waiting.back()->done();
    waiting.pop_back();
  }
  template <class Condition>
  bool run_until(Condition condition) {
    const auto deadline = steady_clock::now() + std::chrono::seconds(30);
    while (!condition() && steady_clock::now() < deadline) {
      io.restart();
      io.run_for(milliseconds(5));
    }
    return condition();
  }

  test::TemporaryDirectory directory;
  boost::asio::io_context io{1};
  std::unique_ptr<Control> control;
  std::vector<std::shared_ptr<ControlSession>> waiting;
  std::vector<std::string> verbs;
};

TEST_SUITE("pop: NOTIFY through doord") {
  TEST_CASE("doord is asked, tells zones, and is asked again after a pause") {
    World world;
    std::vector<std::string> told;
    const NotifyIn in(
        world.io, world.directory / "doord.sock", [&](const Name& zone) { told.push_back(zone.to_string()); },
        milliseconds(50));
    REQUIRE(world.run_until([&] { return world.waiting.size() == 1; }));
    CHECK(world.verbs == std::vector<std::string>{"await_notify"});
    const auto before = steady_clock::now();
    world.tell({"a.", "b.", "no..name"});
    REQUIRE(world.run_until([&] { return world.waiting.size() == 1; }));
    CHECK(steady_clock::now() - before >= milliseconds(50));
    CHECK(told == std::vector<std::string>{"a.", "b."});
    world.tell({});
    REQUIRE(world.run_until([&] { return world.waiting.size() == 1; }));
    world.tell({"c."});
    CHECK(world.run_until([&] { return told.size() == 3; }));
  }
  TEST_CASE("a doord that comes late, goes away or knows no such request is asked again") {
    World world;
    world.stop();
    std::vector<std::string> told;
    const NotifyIn in(
        world.io, world.directory / "doord.sock", [&](const Name& zone) { told.push_back(zone.to_string()); },
        milliseconds(5));
    CHECK_FALSE(world.io.run_for(milliseconds(1)) == 0);
    world.start();
    REQUIRE(world.run_until([&] { return world.waiting.size() == 1; }));
    world.answer_wrongly();
    REQUIRE(world.run_until([&] { return world.waiting.size() == 1; }));
    world.stop();
    world.start();
    REQUIRE(world.run_until([&] { return world.waiting.size() == 1; }));
    world.tell({"a."});
    CHECK(world.run_until([&] { return told.size() == 1; }));
  }
}

}  // namespace
}  // namespace doors
