#include "server/transport/settings.h"

#include <string>

#include <doctest/doctest.h>

using namespace doors;
using namespace std::chrono_literals;

namespace {

ConfigResult<UdpSettings> udp_of(const std::string& text) {
  auto file = parse_config(text, "doord.toml");
  REQUIRE(file);
  return read_udp(file->table("udp"));
}

ConfigResult<TcpSettings> tcp_of(const std::string& text) {
  auto file = parse_config(text, "doord.toml");
  REQUIRE(file);
  return read_tcp(file->table("tcp"));
}

}  // namespace

TEST_SUITE("transport: settings") {
  TEST_CASE("every key has a default") {
    const auto udp = udp_of("");
    REQUIRE(udp);
    CHECK(udp->listen.size() == 2);
    CHECK(udp->max_payload == 1232);
    const auto tcp = tcp_of("");
    REQUIRE(tcp);
    CHECK(tcp->listen_as_udp);
    CHECK(tcp->limits.message_timeout == 2s);
    CHECK(tcp->limits.idle_timeout == 10s);
  }

  TEST_CASE("what stands there is taken") {
    const auto udp = udp_of("[udp]\nlisten = [\"192.0.2.1:53\"]\nworkers = 3\nmax_payload = 4096\n");
    REQUIRE(udp);
    CHECK(udp->listen == std::vector{*Endpoint::parse("192.0.2.1:53")});
    CHECK(udp->workers == 3);
    CHECK(udp->max_payload == 4096);
    const auto tcp = tcp_of("[tcp]\nlisten = []\nclients = 5\nidle_timeout = \"3s\"\n");
    REQUIRE(tcp);
    CHECK_FALSE(tcp->listen_as_udp);
    CHECK(tcp->listen.empty());
    CHECK(tcp->limits.clients == 5);
    CHECK(tcp->limits.idle_timeout == 3s);
  }

  TEST_CASE("a bad value is refused with its line") {
    struct Row {
      const char* text;
      std::uint32_t line;
    };
    for (const Row& row : {Row{"[udp]\nlisten = [\"nowhere\"]", 2},
                           Row{"[udp]\nlisten = [\"192.0.2.1:53\", \"192.0.2.1:53\"]", 2},
                           Row{"[udp]\n\nmax_payload = 100", 3}, Row{"[udp]\nworkers = 257", 2},
                           Row{"[udp]\nworker = 2", 2}}) {
      CAPTURE(row.text);
      const auto udp = udp_of(row.text);
      REQUIRE_FALSE(udp);
      CHECK(udp.error().line == row.line);
    }
    const auto tcp = tcp_of("[tcp]\nidle_timeout = \"soon\"");
    REQUIRE_FALSE(tcp);
    CHECK(tcp.error().line == 2);
  }
}
