#include "server/health/keeper_config.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using doors::KeeperConfig;
using doors::parse_config;
using doors::read_keeper_config;
using namespace std::chrono_literals;

namespace {

doors::ConfigResult<KeeperConfig> read(const std::string& text) {
  auto root = parse_config(text, "doorkeeper.toml");
  if (!root) return doors::Unexpected(root.error());
  return read_keeper_config(*root);
}

const std::string one_service = "[[service]]\naddress = \"192.0.2.53:53\"\nprefix = \"192.0.2.0/24\"\n";

}  // namespace

TEST_SUITE("health: doorkeeper.toml") {
  TEST_CASE("every key has its default") {
    const auto config = read(one_service);
    REQUIRE(config);
    CHECK(config->leases().front().to_string() == "192.0.2.1/24");
    CHECK(config->lease.seconds == 3s);
    CHECK(config->probe.interval == 250ms);
    CHECK(config->probe.identity.value == "node.pop");
    CHECK(config->probe.must_fail.to_string() == "must-fail.invalid.");
    CHECK(config->bird.socket.empty());
    CHECK(config->keeper().prefixes.front().prefix == "192.0.2.0/24");
  }

  TEST_CASE("every key can be set") {
    const auto config = read(
        "[node]\npop = \"fra\"\nname = \"n1\"\n"
        "[[service]]\naddress = \"192.0.2.53:53\"\nprefix = \"192.0.2.0/24\"\nlease = "
        "\"192.0.2.9/24\"\nprotocol = \"d4\"\n"
        "[[service]]\naddress = \"192.0.2.54:5353\"\nprefix = \"192.0.2.0/24\"\nlease = "
        "\"192.0.2.9/24\"\nprotocol = \"d4\"\n"
        "[[service]]\naddress = \"[2001:db8::53]:53\"\nprefix = \"2001:db8::/48\"\n"
        "[probe]\nzone = \"example.\"\ntype = \"NS\"\ninterval = \"100ms\"\ntimeout = \"80ms\"\ntcp_interval "
        "= \"2s\"\n"
        "tcp_timeout = \"500ms\"\nrise = 5\nfall = 2\nlatency = \"20ms\"\nidentify = \"id.server\"\nidentity "
        "= \"x\"\n"
        "must_fail = \"no.example.\"\nmust_fail_interval = \"1s\"\n"
        "[lease]\nseconds = 2\nup = \"u\"\ndrain = \"d\"\ncreate = true\n"
        "[bird]\nsocket = \"/run/bird/bird.ctl\"\nprotocols = [\"d4\", \"d6\"]\n"
        "[doord]\nsocket = \"\"\ninterval = \"1s\"\nbeat_limit = \"2s\"\n[doorsync]\nsocket = \"\"\n"
        "[drain]\nmin_wait = \"1s\"\nmax_wait = \"10s\"\nrate_share = 1\nrate_limit = 3\n"
        "[hold_down]\nfirst = \"1s\"\nmost = \"8s\"\nforget = \"30s\"\n"
        "[control]\nsocket = \"/tmp/k.sock\"\nstate = \"\"\n[log]\nlevel = \"warn\"\nformat = \"json\"\n");
    REQUIRE_MESSAGE(config, config.error().to_string());
    CHECK(config->probe.limits.rise == 5);
    CHECK(config->drain.rate_share == 1);
    CHECK(config->hold_down.most == 8s);
    const auto keeper = config->keeper();
    REQUIRE(keeper.prefixes.size() == 2);
    CHECK(keeper.prefixes[0].services == std::vector<std::size_t>{0, 1});
    CHECK(keeper.prefixes[0].protocol == "d4");
    CHECK(config->leases()[1].to_string() == "2001:db8::1/48");
  }

  TEST_CASE("a service without a prefix is watched alone; a host route's lease is its one address") {
    const auto config = read(one_service + "[[service]]\naddress = \"127.0.0.1:5300\"\n" +
                             "[[service]]\naddress = \"10.0.0.53:53\"\nprefix = \"10.0.0.53/32\"\n");
    REQUIRE(config);
    const auto prefixes = config->keeper().prefixes;
    REQUIRE(prefixes.size() == 3);
    CHECK(prefixes[0].announced);
    CHECK(!prefixes[1].announced);
    CHECK(prefixes[1].prefix == "127.0.0.1:5300");
    CHECK(config->leases()[2].to_string() == "10.0.0.53/32");
  }

  TEST_CASE("what is wrong is refused with its line and what to mend") {
    struct Row {
      std::string text;
      const char* words;
    };
    const Row rows[] = {
        {"", "at least one [[service]]"},
        {"[[service]]\nprefix = \"192.0.2.0/24\"\n", "service.address: is needed"},
        {"[[service]]\naddress = \"192.0.2.53\"\n", ":2: service.address: \"192.0.2.53\" must be"},
        {"[[service]]\naddress = \"192.0.2.53:53\"\nprefix = \"192.0.3.0/24\"\n",
         ":3: service.prefix: does not hold"},
        {"[[service]]\naddress = \"192.0.2.53:53\"\nprefix = \"192.0.2.1/24\"\n",
         ":3: service.prefix: has bits set"},
        {one_service + "lease = \"192.0.3.1/24\"\n", ":4: service.lease: must lie in the prefix"},
        {"[[service]]\naddress = \"192.0.2.53:53\"\nlease = \"192.0.2.1/24\"\n",
         ":3: service.lease: needs a prefix"},
        {one_service + "protocol = \"a b\"\n", ":4: service.protocol"},
        {one_service + one_service, "comes twice"},
        {one_service + "colour = \"red\"\n", ":4: unknown key service.colour"},
        {one_service + "[probe]\ntype = \"NOPE\"\n", ":5: probe.type"},
        {one_service + "[probe]\ntimeout = \"300ms\"\n", ":5: probe.timeout: must not be longer"},
        {one_service + "[probe]\nidentify = \"face\"\n", ":5: probe.identify: must be one of"},
        {one_service + "[lease]\nseconds = 1\n", ":5: lease.seconds"},
        {one_service + "[probe]\ninterval = \"2s\"\ntimeout = \"2s\"\n", "lease.seconds: must be longer"},
        {one_service + "[lease]\nup = \"x\"\ndrain = \"x\"\n", ":6: lease.drain: must be another"},
        {one_service + "[lease]\nup = \"a-name-far-too-long\"\n", ":5: lease.up: is no interface name"},
        {one_service + "[bird]\nprotocols = [\"a;b\"]\n", ":5: bird.protocols"},
        {one_service + "[bird]\nsocket = \"/" + std::string(200, 'x') + "\"\n",
         ":5: bird.socket: is too long"},
        {one_service + "[hold_down]\nfirst = \"10s\"\nmost = \"1s\"\n", ":6: hold_down.most"},
        {one_service + "[drain]\nrate_share = 101\n", ":5: drain.rate_share"},
        {one_service + "[wat]\n", "unknown key wat"},
        {one_service + "[log]\nlevel = \"loud\"\n", ":5: log.level"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.text);
      const auto config = read(row.text);
      REQUIRE(!config);
      const std::string words = config.error().to_string();
      CAPTURE(words);
      CHECK(words.find(row.words) != std::string::npos);
    }
  }

  TEST_CASE("speakers, lanes and zones by turns: the keys and their bounds") {
    const auto config =
        read(one_service +
             "[lease]\nfar = \"far0\"\n[probe]\nzones = [\"a.example.\", \"b.example.\"]\n"
             "[frr]\nsocket = \"/run/frr/bgpd.vty\"\n"
             "[exabgp]\nsocket = \"/run/doors/e.sock\"\nnext_hop6 = \"2001:db8::1\"\norigin_as = 64501\n"
             "[command]\nrun = [\"/bin/true\", \"x\"]\ntimeout = \"2s\"\nevery = \"10s\"\n");
    REQUIRE(config);
    CHECK(config->keeper().zones == std::vector<std::string>{"a.example.", "b.example."});
    CHECK(config->keeper().has_far_lane);
    CHECK(!config->keeper().lanes_overlap);  // FRR
    CHECK(config->exabgp.how.next_hop4 == "self");
    CHECK(config->exabgp.how.next_hop6 == "2001:db8::1");
    CHECK(config->command.program.size() == 2);
    CHECK(config->command.every == 10s);
    CHECK(read(one_service)->keeper().lanes_overlap);
    CHECK(!read(one_service + "[lease]\nfar = \"\"\n")->keeper().has_far_lane);
    for (const char* wrong :
         {"[lease]\nfar = \"door-up\"\n", "[lease]\nfar = \"door-drain\"\n", "[probe]\nzones = [\"..\"]\n",
          "[exabgp]\nnext_hop4 = \"2001:db8::1\"\n", "[exabgp]\nnext_hop6 = \"x\"\n",
          "[exabgp]\norigin_as = -1\n", "[command]\nrun = [\"true\"]\n", "[command]\ntimeout = \"1ms\"\n",
          "[frr]\nport = 1\n"}) {
      CAPTURE(wrong);
      CHECK(!read(one_service + wrong));
    }
  }
}
