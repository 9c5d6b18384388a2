#include "sync/pop/settings.h"

#include <doctest/doctest.h>

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("pop: doorsync.toml") {
  ConfigResult<DoorsyncSettings> read(const std::string& text) {
    auto root = parse_config(text, "doorsync.toml");
    if (!root) return Unexpected(root.error());
    return read_doorsync_settings(*root);
  }

  TEST_CASE("every key has a default") {
    const auto settings = read("");
    REQUIRE(settings);
    CHECK(settings->store.path == "/var/lib/doors/store");
    CHECK(settings->store.history == 100);
    CHECK(settings->control_socket == "/run/doors/doorsync.sock");
    REQUIRE(settings->service_addresses.size() == 1);
    CHECK(settings->service_addresses[0].to_string() == "127.0.0.1:53");
    CHECK(settings->publishers.empty());
    CHECK(settings->node.delay.count() == 0);
    CHECK(read("[node]\ndelay = \"1h\"\n")->node.delay == std::chrono::hours(1));
  }

  TEST_CASE("what is wrong is named with its line") {
    struct Row {
      const char* text;
      std::uint32_t line;
    };
    for (const Row& row :
         {Row{"[store]\nkind = \"etdc\"\n", 2}, Row{"[store]\npath = \"/s\"\nhistroy = 5\n", 3},
          Row{"[store]\nhistory = 5\n", 2}, Row{"\n[service]\naddresses = [\"localhost:53\"]\n", 3},
          Row{"[service]\naddresses = [\"127.0.0.1\"]\n", 2}, Row{"[[publisher]]\nkey = \"short\"\n", 2},
          Row{"[node]\ndelay = \"721h\"\n", 2}, Row{"[nodes]\n", 1}, Row{"[node]\nhub = true\n", 2},
          Row{"[store]\nendpoints = [\"etcd1:2379\"]\n", 1},
          Row{"[store]\nkind = \"etcd\"\nendpoints = []\n", 3},
          Row{"[store]\nkind = \"etcd\"\nendpoints = [\"https://etcd1:2379\"]\n", 3},
          Row{"[store]\nkind = \"etcd\"\nca = \"/ca\"\ncertificate = \"/c\"\n", 4},
          Row{"[store]\nkind = \"etcd\"\nlease = \"1s\"\n", 3}}) {
      CAPTURE(row.text);
      const auto settings = read(row.text);
      REQUIRE_FALSE(settings);
      CHECK(settings.error().line == row.line);
    }
  }
}

}  // namespace
}  // namespace doors
