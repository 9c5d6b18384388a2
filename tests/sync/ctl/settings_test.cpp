#include "sync/ctl/settings.h"

#include <doctest/doctest.h>

#include "sync/ctl/init_plan.h"
#include "sync/ctl/push.h"
#include "sync/ctl/serve.h"
#include "sync/ctl/toml_text.h"

using namespace doors;
using namespace doors::ctl;

namespace {

ConfigResult<Settings> read(std::string_view text) {
  const auto section = parse_config(text, "doorctl.toml");
  REQUIRE(section);
  return read_settings(*section);
}

}  // namespace

TEST_SUITE("ctl: doorctl.toml and init") {
  TEST_CASE("every key has a default") {
    const auto settings = read("");
    REQUIRE(settings);
    CHECK(settings->publisher_key == "/etc/doors/publisher.key");
    CHECK(settings->wait == std::chrono::seconds(60));
    CHECK(settings->gates.shrink == GateMode::refuse);
    CHECK(settings->gates.shrink_percent == 20);
    CHECK(settings->gates.growth == GateMode::refuse);
    CHECK(settings->gates.growth_factor == 10);
    CHECK(settings->gates.max_records == 50'000'000);
  }

  TEST_CASE("every key is read") {
    const auto settings = read(
        "[publisher]\nkey = \"k\"\n[control]\ndoorsync = \"s\"\ndoord = \"d\"\ndoorkeeper = \"p\"\n"
        "[push]\nwait = \"5s\"\n[gates]\nzonemd = \"off\"\nsignatures = \"warn\"\nexpired = \"refuse\"\n"
        "shrink = \"warn\"\nserial = \"off\"\nshrink_percent = 50\n");
    REQUIRE(settings);
    CHECK(settings->publisher_key == "k");
    CHECK(settings->doorsync_socket == "s");
    CHECK(settings->doord_socket == "d");
    CHECK(settings->doorkeeper_socket == "p");
    CHECK(settings->wait == std::chrono::seconds(5));
    CHECK(settings->gates.zonemd == GateMode::off);
    CHECK(settings->gates.signatures == GateMode::warn);
    CHECK(settings->gates.expired == GateMode::refuse);
    CHECK(settings->gates.shrink == GateMode::warn);
    CHECK(settings->gates.serial == GateMode::off);
    CHECK(settings->gates.shrink_percent == 50);
  }

  TEST_CASE("an unknown key or a bad value is refused with its line") {
    struct Row {
      const char* text;
      std::uint32_t line;
    };
    for (const Row& row : {Row{"[push]\nwiat = \"5s\"\n", 2}, Row{"[pusch]\n", 1},
                           Row{"\n[push]\nwait = \"5\"\n", 3}, Row{"[gates]\nsyntax = \"off\"\n", 2},
                           Row{"[gates]\nshrink = \"no\"\n", 2}, Row{"[gates]\nshrink_percent = 0\n", 2}}) {
      CAPTURE(row.text);
      const auto settings = read(row.text);
      REQUIRE_FALSE(settings);
      CHECK(settings.error().line == row.line);
    }
  }

  TEST_CASE("--wait is all, none or a duration") {
    CHECK_FALSE((*parse_wait("")).has_value());
    CHECK_FALSE((*parse_wait("all")).has_value());
    CHECK((*parse_wait("none")).value() == std::chrono::seconds(0));
    CHECK((*parse_wait("90s")).value() == std::chrono::seconds(90));
    CHECK_FALSE(parse_wait("long"));
  }

  TEST_CASE("what init writes is TOML, and doorctl reads its own") {
    InitOptions options;
    options.pop = "ams1";
    options.node = "n1";
    const auto plan = plan_init(options, layout_of("/tmp/a \"b\\c"), "a2V5");
    REQUIRE(plan);
    REQUIRE(plan->files.size() == 4);
    for (const PlannedFile& file : plan->files) {
      CAPTURE(file.path.string());
      auto section = parse_config(file.text, file.path.string());
      REQUIRE(section);
      if (file.path.filename() != "doorctl.toml") continue;
      const auto settings = read_settings(*section);
      REQUIRE(settings);
      CHECK(settings->publisher_key == "/tmp/a \"b\\c/config/publisher.key");
      CHECK(settings->doorsync_socket == "/tmp/a \"b\\c/run/doorsync.sock");
    }
  }

  TEST_CASE("init refuses names and addresses that no config can hold, and paths that no socket can have") {
    InitOptions good;
    good.node = "n1";
    CHECK(plan_init(good, layout_of(""), ""));
    for (const char* name : {"", "a b", "a\"b", "ä"}) {
      CAPTURE(name);
      InitOptions bad = good;
      bad.pop = name;
      CHECK_FALSE(plan_init(bad, layout_of(""), ""));
    }
    InitOptions bad = good;
    bad.listen = {"localhost:53"};
    CHECK_FALSE(plan_init(bad, layout_of(""), ""));
    for (const char* second : {"127.0.0.1:53", "0.0.0.0:53"}) {
      CAPTURE(second);
      bad.listen = {"127.0.0.1:53", second};
      CHECK_FALSE(plan_init(bad, layout_of(""), ""));
    }
    bad.listen = {"127.0.0.1:0"};
    CHECK_FALSE(plan_init(bad, layout_of(""), ""));
    CHECK_FALSE(plan_init(good, layout_of("/tmp/" + std::string(90, 'x')), ""));
  }

  TEST_CASE("a service's lease lies in its /24 or /48 and is no service address") {
    InitOptions options;
    options.node = "n1";
    options.listen = {"192.0.2.1:53", "192.0.2.2:53", "[2001:db8:1::1]:53", "0.0.0.0:5300"};
    const auto plan = plan_init(options, layout_of(""), "");
    REQUIRE(plan);
    const std::string& keeper = plan->files.at(2).text;
    for (const char* line :
         {"address = \"192.0.2.1:53\"", "prefix = \"192.0.2.0/24\"", "lease = \"192.0.2.3/24\"",
          "prefix = \"2001:db8:1::/48\"", "lease = \"2001:db8:1::2/48\"", "address = \"127.0.0.1:5300\"",
          "lease = \"127.0.0.2/24\""}) {
      CAPTURE(line);
      CHECK(keeper.find(line) != std::string::npos);
    }
  }

  TEST_CASE("serve takes secrets of cookies as digits or from a file, and quotes none that is wrong") {
    const std::string one(32, '1');
    const std::string two(32, '2');
    CHECK(*cookie_secrets_line({}) == "secrets = []\n");
    CHECK(*cookie_secrets_line({one, two}) == "secrets = [\"" + one + "\", \"" + two + "\"]\n");
    CHECK(*cookie_secrets_line({"@/run/cookie"}) == "secret_file = \"/run/cookie\"\n");
    for (const std::vector<std::string>& wrong : {std::vector<std::string>{"12hidden"},
                                                  {one, one, two},
                                                  {"@/run/cookie", one},
                                                  {one, "@/run/cookie"}}) {
      const auto refused = cookie_secrets_line(wrong);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().message.find("hidden") == std::string::npos);
      CHECK(refused.error().message.find(one) == std::string::npos);
    }
  }

  TEST_CASE("serve's config for doord is TOML, whatever the name") {
    ServeOptions options;
    options.listen = {"127.0.0.1:5300", "[::1]:5300"};
    options.access.keys = {"k:hmac-sha256:c2VjcmV0", "f:hmac-sha1:@secret"};
    options.access.transfers = {"192.0.2.0/24", "key:k"};
    options.access.notifies = {"::1"};
    const auto config = responder_config(options, "a \"quoted\" \\ name\n");
    REQUIRE(config);
    CHECK(parse_config(*config, "doord.toml"));
    CHECK(config->find("[[transfer]]\nzones = [\"*\"]\nto = [\"192.0.2.0/24\"]\n") != std::string::npos);
    CHECK(config->find("[[transfer]]\nzones = [\"*\"]\nkeys = [\"k\"]\n") != std::string::npos);
    CHECK(config->find("[[notify]]\nzones = [\"*\"]\nfrom = [\"::1\"]\n") != std::string::npos);
    CHECK(config->find("secret_file = \"/") != std::string::npos);
    CHECK(config->find("\nsecrets = []\n") != std::string::npos);
    options.access.keys = {"k:c2VjcmV0"};
    const auto wrong = responder_config(options, "name");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().message.find("c2VjcmV0") == std::string::npos);
    CHECK(toml_string("a\"\\\n") == "\"a\\\"\\\\\\u000a\"");
    CHECK(toml_strings({"a", "b"}) == "[\"a\", \"b\"]");
  }
}
