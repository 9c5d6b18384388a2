#include "server/routes/frr_reply.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "server/routes/frr.h"

using doors::FrrReply;
using doors::octets_of;
using namespace std::string_view_literals;

namespace {

/// "more", "broken", or the code of a complete reply; "+route" if it carries one.
std::string outcome_of(std::string_view text, std::size_t piece) {
  FrrReply reply;
  for (std::size_t at = 0; at < text.size(); at += piece) (void)reply.feed(octets_of(text.substr(at, piece)));
  if (reply.state() == FrrReply::State::more) return "more";
  if (reply.state() == FrrReply::State::broken) return "broken";
  return std::to_string(reply.code()) + (reply.succeeded() ? "" : " failed") +
         (reply.has_route() ? " +route" : "");
}

}  // namespace

TEST_SUITE("routes: FRR's replies") {
  TEST_CASE("a reply is read the same in whole and in pieces, whatever it says") {
    struct Row {
      std::string_view text;
      const char* outcome;
    };
    const Row rows[] = {
        {"{\n}\n\0\0\0\0"sv, "0"},
        {"{\"paths\":[{\"valid\":true,\"sourced\":true}]}\n\0\0\0\0"sv, "0 +route"},
        {"\"\"sourced\"\0\0\0\0"sv, "0 +route"},
        {"\"sourced \"sourced\0\0\0\0"sv, "0"},
        {"% Unknown command\n\0\0\0\2"sv, "2 failed"},
        {"\0\0\0\0"sv, "0"},
        {""sv, "more"},
        {"{}\0\0\0"sv, "more"},
        {"{\0}"sv, "broken"},
        {"{}\0\0x"sv, "broken"},
        {"{}\0\0\0\0{"sv, "broken"},
    };
    for (const Row& row : rows) {
      CAPTURE(std::string(row.text));
      for (const std::size_t piece : {1u, 2u, 3u, 1000u}) CHECK(outcome_of(row.text, piece) == row.outcome);
    }
  }

  TEST_CASE("one that floods is broken at the bound") {
    FrrReply reply;
    const std::string text(1000, 'x');
    std::size_t fed = 0;
    while (reply.feed(octets_of(text)) == FrrReply::State::more) fed += text.size();
    CHECK(reply.state() == FrrReply::State::broken);
    CHECK(fed <= FrrReply::max_octets);
  }

  TEST_CASE("each prefix is asked for in its family") {
    const auto commands = doors::frr_commands({{"192.0.2.0/24", "", {}, {}}, {"2001:db8::/48", "", {}, {}}});
    REQUIRE(commands.size() == 2);
    CHECK(commands[0].line == "show bgp ipv4 unicast 192.0.2.0/24 json");
    CHECK(commands[1].line == "show bgp ipv6 unicast 2001:db8::/48 json");
    CHECK(commands[1].asks_route);
  }
}
