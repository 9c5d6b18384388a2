#include "server/routes/command.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>
#include <unistd.h>

using doors::Announcement;
using doors::Command;
using doors::command_word;
using doors::Lane;
using doors::Wanted;
using namespace std::chrono_literals;

namespace {

/// A command that is told, as doorkeeper does it, what is wanted whenever a run went otherwise than before.
struct World {
  explicit World(std::vector<std::string> program) {
    command.emplace(io, Command::Settings{std::move(program), 60s, 60s}, [this] { command->want(wanted); });
  }
  void want(std::vector<Announcement> announcements) {
    wanted = std::move(announcements);
    command->want(wanted);
  }
  /// Whether all is done as wanted, in time.
  bool is_done() {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!command->report().connected && std::chrono::steady_clock::now() < until) io.run_one_for(100ms);
    return command->report().connected;
  }

  boost::asio::io_context io{1};
  std::vector<Announcement> wanted;
  std::optional<Command> command;
};

std::vector<Announcement> three(Wanted wanted) {
  std::vector<Announcement> all;
  for (const char* prefix : {"192.0.2.0/24", "2001:db8:53::/48", "198.51.100.0/24"})
    all.push_back({prefix, "", wanted, Lane::up});
  return all;
}

}  // namespace

TEST_SUITE("routes: what a command is told") {
  TEST_CASE("it is told the lane of what is announced, and nothing before anything is known") {
    const auto word = [](Wanted wanted, Lane lane) {
      return command_word({"192.0.2.0/24", "", wanted, lane});
    };
    CHECK(word(Wanted::as_is, Lane::none) == nullptr);
    CHECK(std::string(word(Wanted::withdrawn, Lane::none)) == "withdrawn");
    CHECK(std::string(word(Wanted::withdrawn, Lane::up)) == "withdrawn");
    CHECK(std::string(word(Wanted::announced, Lane::up)) == "up");
    CHECK(std::string(word(Wanted::announced, Lane::far)) == "far");
    CHECK(std::string(word(Wanted::announced, Lane::drain)) == "drain");
  }

  TEST_CASE("runs go one after the other for three prefixes, also when the news of one asks for the next") {
    for (const char* program : {"/bin/true", "/bin/false", "/nowhere"}) {
      CAPTURE(program);
      World world({program});
      world.want(three(Wanted::announced));
      if (std::string(program) == "/bin/true") {
        CHECK(world.is_done());
        world.want(three(Wanted::withdrawn));
        CHECK(world.is_done());
      } else {
        for (int i = 0; i < 20; ++i) world.io.run_one_for(100ms);
        CHECK(!world.command->report().connected);
      }
    }
  }

  TEST_CASE("a run for what is wanted no more does not delay a withdrawal") {
    World world({"/bin/sh", "-c", "[ $2 = withdrawn ] || sleep 60", "command"});
    world.want(three(Wanted::announced));
    world.io.run_one_for(100ms);
    CHECK(!world.command->report().connected);
    world.want(three(Wanted::withdrawn));
    CHECK(world.is_done());
  }

  TEST_CASE("a program gets no descriptor but its three") {
    // ls has one more, of the directory it lists.
    World world({"/bin/sh", "-c", "[ $(ls /proc/self/fd | wc -l) -le 4 ]", "command"});
    const int leak = ::dup(0);
    world.want(three(Wanted::announced));
    CHECK(world.is_done());
    ::close(leak);
  }
}
