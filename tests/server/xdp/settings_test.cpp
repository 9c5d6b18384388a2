#include "server/xdp/settings.h"

#include <string>

#include <doctest/doctest.h>

using namespace doors;

namespace {

ConfigResult<XdpSettings> read(const std::string& text) {
  auto file = parse_config("[xdp]\n" + text, "doord.toml");
  REQUIRE(file);
  return read_xdp(file->table("xdp"));
}

}  // namespace

TEST_SUITE("xdp: settings") {
  TEST_CASE("it is off unless asked for") {
    const auto xdp = read("");
    REQUIRE(xdp);
    CHECK(*xdp == XdpSettings{});
    CHECK(!xdp->enabled);
  }

  TEST_CASE("every key is read") {
    const auto xdp = read("interface = [\"eth0\", \"eth1\"]\nqueues = 3\nmode = \"native\"\nring = 512\n");
    REQUIRE(xdp);
    CHECK(xdp->interfaces == std::vector<std::string>{"eth0", "eth1"});
    CHECK(xdp->queues == 3);
    CHECK(xdp->mode == XdpSettings::Mode::native);
    CHECK(xdp->ring == 512);
    CHECK(read("mode = \"generic\"")->mode == XdpSettings::Mode::generic);
  }

  TEST_CASE("a build without it refuses to be asked for it, one with it takes it") {
    const auto xdp = read("enabled = true\ninterface = [\"eth0\"]\n");
    REQUIRE(xdp.has_value() == xdp_is_built());
    if (!xdp) CHECK(xdp.error().message.find("WITH_XDP") != std::string::npos);
  }

  TEST_CASE("what cannot be is refused with its line") {
    for (const char* wrong :
         {"mode = \"fast\"", "ring = 1000", "ring = 32", "ring = 32768", "queues = 257", "interface = [\"\"]",
          "interface = [\"an-interface-name-too-long\"]", "interface = [\"eth0\", \"eth0\"]",
          "enabled = true", "interfaces = [\"eth0\"]"}) {
      CAPTURE(wrong);
      const auto xdp = read(wrong);
      REQUIRE(!xdp);
      CHECK(xdp.error().line == 2);
    }
  }
}
