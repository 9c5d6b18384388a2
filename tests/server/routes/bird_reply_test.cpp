#include "server/routes/bird_reply.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "server/routes/bird.h"

using doors::Announcement;
using doors::bird_commands;
using doors::BirdReply;
using doors::octets_of;
using doors::Wanted;

namespace {

/// "more", "broken", or the code of a complete reply; "+route" if it carries one.
std::string outcome_of(std::string_view text, std::size_t piece) {
  BirdReply reply;
  for (std::size_t at = 0; at < text.size(); at += piece) (void)reply.feed(octets_of(text.substr(at, piece)));
  if (reply.state() == BirdReply::State::more) return "more";
  if (reply.state() == BirdReply::State::broken) return "broken";
  return std::to_string(reply.code()) + (reply.succeeded() ? "" : " failed") +
         (reply.has_route() ? " +route" : "");
}

std::string lines_of(const std::vector<doors::SpeakerCommand>& commands) {
  std::string text;
  for (const auto& command : commands) text += command.line + (command.asks_route ? "?" : "") + "|";
  return text;
}

}  // namespace

TEST_SUITE("routes: BIRD's replies by their codes") {
  TEST_CASE("a reply is read the same in whole and in pieces, whatever it says") {
    struct Row {
      const char* text;
      const char* outcome;
    };
    const Row rows[] = {
        {"0001 BIRD 2.0.12 ready.\n", "1"},
        {"0010-door4: already enabled\n0000 \n", "0"},
        {"0009-door4: disabled\n0000 \n", "0"},
        {"1007-Table master4:\n 192.0.2.0/24 unicast [door4 11:26:57.547] * (240)\n \tdev door-up\n0000 \n",
         "0 +route"},
        {"8001 Network not found\n", "8001 failed"},
        {"8007 Access denied\n", "8007 failed"},
        {"9001 syntax error, unexpected END\n", "9001 failed"},
        {"7999 other words of another version\n", "7999"},
        {"0000\n", "0"},
        {"+asynchronous: said unasked\n0000 \n", "0"},
        {"1007 the last line itself has the route\n", "1007 +route"},
        {"", "more"},
        {"0", "more"},
        {"0000", "more"},
        {"0000 without an end", "more"},
        {"1007-Table\n ", "more"},
        {" text before any code\n0000 \n", "broken"},
        {"hello\n", "broken"},
        {"00a0 \n", "broken"},
        {"00000\n", "broken"},
        {"000\n", "broken"},
        {"\n", "broken"},
        {"0000 \nmore", "broken"},
        {"0000 \n0000 \n", "broken"},
        {"-001 \n", "broken"},
    };
    for (const Row& row : rows) {
      for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{4096}}) {
        CAPTURE(row.text);
        CAPTURE(piece);
        CHECK(outcome_of(row.text, piece) == row.outcome);
      }
    }
  }

  TEST_CASE("a reply without end is broken at its bound") {
    const std::string line = "1007-" + std::string(1000, 'x') + "\n";
    BirdReply reply;
    std::size_t fed = 0;
    while (reply.feed(octets_of(line)) == BirdReply::State::more) fed += line.size();
    CHECK(reply.state() == BirdReply::State::broken);
    CHECK(fed <= BirdReply::max_octets);
    CHECK(fed > BirdReply::max_octets - 2 * line.size());
  }
}

TEST_SUITE("routes: what BIRD is told") {
  const std::vector<std::string> protocols{"door4", "door6"};

  TEST_CASE("a protocol is enabled while any of its prefixes is wanted, disabled when none is") {
    const Announcement up{"192.0.2.0/24", "door4", Wanted::announced};
    const Announcement other_down{"198.51.100.0/24", "door4", Wanted::withdrawn};
    const Announcement down6{"2001:db8::/32", "door6", Wanted::withdrawn};
    CHECK(lines_of(bird_commands(protocols, {up, other_down, down6})) ==
          "enable door4|disable door6|show route 192.0.2.0/24 protocol door4?|"
          "show route 198.51.100.0/24 protocol door4?|show route 2001:db8::/32 protocol door6?|");
  }

  TEST_CASE("what is not known yet is left as it is") {
    const Announcement unknown{"192.0.2.0/24", "door4", Wanted::as_is};
    const Announcement down{"198.51.100.0/24", "door4", Wanted::withdrawn};
    CHECK(lines_of(bird_commands(protocols, {unknown, down})) ==
          "show route 192.0.2.0/24 protocol door4?|show route 198.51.100.0/24 protocol door4?|");
  }

  TEST_CASE("a prefix without a protocol's name concerns all of them, and its route is any lease's") {
    const Announcement down{"192.0.2.0/24", "", Wanted::withdrawn};
    CHECK(lines_of(bird_commands(protocols, {down})) ==
          "disable door4|disable door6|show route 192.0.2.0/24 where source = RTS_DEVICE?|");
  }

  TEST_CASE("no command is of 1,000 characters or more, which BIRD 2.0.12 answers with a reset") {
    const std::vector<std::string> names{std::string(2000, 'x'), "door4"};
    for (const auto& command : bird_commands(names, {{"192.0.2.0/24", "", Wanted::announced}})) {
      CHECK(command.line.size() < 1000);
    }
  }

  TEST_CASE("a protocol's name is one word") {
    for (const char* name : {"door4", "_x", "Door_6"}) CHECK(doors::Bird::is_protocol_name(name));
    for (const char* name : {"", "4door", "a b", "a;b", "a\nb", "a-b", "\"a\""})
      CHECK(!doors::Bird::is_protocol_name(name));
    CHECK(!doors::Bird::is_protocol_name(std::string(65, 'a')));
  }
}
