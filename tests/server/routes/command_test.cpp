#include "server/routes/command.h"

#include <string>

#include <doctest/doctest.h>

using doors::Announcement;
using doors::command_word;
using doors::Lane;
using doors::Wanted;

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
}
