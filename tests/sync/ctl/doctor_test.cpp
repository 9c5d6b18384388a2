#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "sync/ctl/doctor_checks.h"

using doors::ctl::DoorFacts;
using doors::ctl::Finding;

namespace {

constexpr std::string_view keeper = R"([node]
pop = "ams1"
[[service]]
address = "192.0.2.53:53"
prefix = "192.0.2.0/24"
[[service]]
address = "[2001:db8:53::53]:53"
prefix = "2001:db8:53::/48"
[[service]]
address = "198.51.100.7:53"
[bird]
socket = "/run/bird/bird.ctl"
[exabgp]
origin_as = 64501
[hold_down]
first = "2s"
)";

DoorFacts facts_of(std::string_view text) {
  auto root = doors::parse_config(text, "doorkeeper.toml");
  REQUIRE(root);
  auto facts = doors::ctl::read_door_facts(*std::move(root));
  REQUIRE(facts);
  return *facts;
}

std::string shipped(const std::string& name) {
  std::ifstream file(std::string(DOORS_TEST_SOURCE_DIR) + "/../deploy/bgp/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  REQUIRE(!text.str().empty());
  return text.str();
}

std::string without(std::string text, std::string_view part) {
  const auto at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.erase(at, part.size());
}

/// "fault words | …" of all that is not fine, each with a remedy.
std::string problems(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    CHECK((finding.health == Finding::Health::fine) == finding.remedy.empty());
    if (finding.health == Finding::Health::fine) continue;
    text += (text.empty() ? "" : " | ") + std::string(to_string(finding.health)) + " " + finding.words;
  }
  return text;
}

}  // namespace

TEST_SUITE("ctl: doctor") {
  TEST_CASE("of doorkeeper's config it reads what it looks after, and passes over the rest") {
    const DoorFacts facts = facts_of(keeper);
    CHECK(facts.pop == "ams1");
    CHECK(facts.services.size() == 3);
    CHECK(!facts.services[2].prefix);
    CHECK(facts.lanes == std::vector<std::string>{"door-up", "door-far", "door-drain"});
    CHECK(facts.has_bird);
    CHECK(!facts.has_exabgp);
    CHECK(!facts.has_frr);
    CHECK(facts.exabgp_as == 64501);
    CHECK(facts_of("[lease]\nup = \"\"\n").lanes.empty());
    for (const char* wrong :
         {"[[service]]\naddress = \"x\"\n", "[[service]]\naddress = \"192.0.2.1:53\"\nprefix = \"x\"\n"}) {
      CAPTURE(wrong);
      auto root = doors::parse_config(wrong, "doorkeeper.toml");
      REQUIRE(root);
      CHECK(!doors::ctl::read_door_facts(*std::move(root)));
    }
  }

  TEST_CASE("the shipped BIRD config is fine, and what is taken out of it is missed") {
    const DoorFacts facts = facts_of(keeper);
    const std::string whole = "define ORIGIN_AS = 64501;\n" + shipped("bird-door.conf");
    CHECK(problems(check_bird(whole, facts)) == "");
    CHECK(doors::ctl::bird_origin_as(whole) == 64501);
    CHECK(problems(check_bird(without(whole, "  bfd on;"), facts)) == "warning no BFD towards neighbours");
    CHECK(problems(check_bird(without(whole, "hold time 9;"), facts)) == "warning no hold time is set");
    CHECK(problems(check_bird(without(whole, "define ORIGIN_AS = 64501;"), facts)) ==
          "warning no `define ORIGIN_AS = NUMBER;`");
    std::string slow = whole;
    slow.replace(slow.find("hold time 9"), 11, "hold time 90");
    CHECK(problems(check_bird(slow, facts)) == "warning the hold time is 90 s");
    std::string off = whole;
    off.replace(off.find("  ipv4;"), 7, "  disabled;\n  ipv4;");
    CHECK(problems(check_bird(off, facts)) == "fault a `protocol direct` is disabled in the config");
    std::string foreign = whole + "protocol direct lan { disabled; ipv4; interface \"eth*\"; }\n";
    CHECK(problems(check_bird(foreign, facts)) == "");
    std::string startup = whole;
    startup.insert(startup.find("hold time 9"), "startup hold time 240; ");
    CHECK(problems(check_bird(startup, facts)) == "");
    const std::string others =
        "define ORIGIN_AS = 64501; protocol bfd { } graceful restart off; hold time 9; bfd on;\n";
    CHECK(problems(check_bird(others + R"(protocol direct { ipv4 { import all; }; interface "door-*"; })",
                              facts)) == "");
    CHECK(problems(check_bird(others + R"(protocol direct { interface -"door-f*", "door-*"; })", facts)) ==
          "fault no `protocol direct` follows door-far");
    DoorFacts other = facts;
    other.lanes = {"doors0"};
    CHECK(problems(check_bird(whole, other)) == "fault no `protocol direct` follows doors0");
  }

  TEST_CASE("the shipped FRR config is fine, and what is taken out of it is missed") {
    const DoorFacts facts = facts_of(keeper);
    const std::string whole = shipped("frr-door.conf") + shipped("frr-pop.conf");
    CHECK(problems(check_frr(whole, facts)) == "");
    CHECK(doors::ctl::frr_origin_as(whole) == 64501);
    CHECK(problems(check_frr(without(whole, "neighbor 198.51.100.254 bfd profile door"), facts)) ==
          "warning no BFD towards neighbours");
    CHECK(problems(check_frr(without(whole, "neighbor 198.51.100.254 timers 3 9"), facts)) ==
          "warning no hold time is set");
    CHECK(problems(check_frr("", facts)).starts_with("fault no `redistribute connected route-map …`"));
  }

  TEST_CASE("a prefix longer than the world takes is told") {
    CHECK(problems(check_prefixes(facts_of(keeper))) == "");
    CHECK(problems(check_prefixes(
              facts_of("[[service]]\naddress = \"192.0.2.53:53\"\nprefix = \"192.0.2.0/25\"\n"))) ==
          "warning longer than /24, which most networks do not take");
  }

  TEST_CASE("ROAs: valid, invalid, missing, and looser than needed") {
    const DoorFacts facts = facts_of("[[service]]\naddress = \"192.0.2.53:53\"\nprefix = \"192.0.2.0/24\"\n");
    struct Row {
      const char* csv;
      const char* problems;
    };
    for (const Row& row :
         {Row{"ASN,IP Prefix,Max Length,Trust Anchor\nAS64501,192.0.2.0/24,24,ripe\r\n", ""},
          Row{"64501,192.0.0.0/16,24", ""}, Row{"AS64502,192.0.2.0/24,24\nAS64501,192.0.2.0/24,24\n", ""},
          Row{"AS64502,192.0.2.0/24,24\n", "fault invalid for AS 64501: many networks drop it"},
          Row{"AS64501,192.0.0.0/16,20\n", "fault invalid for AS 64501: many networks drop it"},
          Row{"AS64501,192.0.2.0/24,32\n", "warning maxLength allows more than is announced"},
          Row{"AS64501,198.51.100.0/24,24\nno line of it\n,,\n", "warning no ROA covers it"},
          Row{"", "warning no ROA covers it"}}) {
      CAPTURE(row.csv);
      CHECK(problems(check_roas(row.csv, facts, 64501)) == row.problems);
    }
  }

  TEST_CASE("two PoPs of one AS, and a PoP that is not what the list says") {
    const DoorFacts facts = facts_of(keeper);
    CHECK(problems(check_origins("# the fleet\nams1 64501\nsin1 64502 # Singapore\n", facts, 64501)) == "");
    CHECK(problems(check_origins("ams1 64501\nsin1 64501\n", facts, 64501)) ==
          "fault ams1 and sin1 share AS 64501");
    CHECK(problems(check_origins("ams1 64501\nams1 64501\n", facts, 64501)) == "");
    CHECK(problems(check_origins("ams1 64509\n", facts, 64501)) ==
          "fault the list says AS 64509, the BGP speaker AS 64501");
    CHECK(problems(check_origins("sin1 64502\n", facts, 64501)) == "fault PoP ams1 is not in the list");
  }
}
