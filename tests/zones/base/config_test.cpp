#include "zones/base/config.h"

#include <doctest/doctest.h>

namespace doors {

using namespace std::chrono_literals;

namespace {

struct Udp {
  std::vector<std::string> listen{"127.0.0.1:53"};
  std::uint16_t workers = 0;
  bool fast = false;
  std::string mode = "plain";
  std::filesystem::path images = "/var/lib/doors";
  std::chrono::milliseconds timeout = 3s;
};

ConfigResult<Udp> read_udp(Section section) {
  Udp udp;
  return section.strings("listen", udp.listen)
      .number("workers", udp.workers, {0, 256})
      .boolean("fast", udp.fast)
      .one_of("mode", udp.mode, {"plain", "fancy"})
      .path("images", udp.images)
      .duration("timeout", udp.timeout, 100ms, 1min)
      .finish(udp);
}

/// Reads a file with one table [udp], as a program's reader does.
ConfigResult<Udp> read(std::string_view text) {
  auto root = parse_config(text, "doord.toml");
  if (!root) return Unexpected(root.error());
  auto udp = read_udp(root->table("udp"));
  if (!udp) return udp;
  return root->finish(*udp);
}

std::string error_of(std::string_view text) {
  const auto udp = read(text);
  return udp ? "it is fine" : udp.error().to_string();
}

}  // namespace

TEST_SUITE("base: config") {
  TEST_CASE("every key has a default, the table too") {
    for (const char* text : {"", "# nothing\n", "[udp]\n"}) {
      CAPTURE(std::string(text));
      const auto udp = read(text);
      REQUIRE(udp);
      CHECK(udp->listen == Udp{}.listen);
      CHECK(udp->timeout == 3s);
    }
  }

  TEST_CASE("values are read") {
    const auto udp = read(
        "[udp]\nlisten = [\"[::1]:53\", \"127.0.0.1:53\"]\nworkers = 256\nfast = true\n"
        "mode = \"fancy\"\nimages = \"\"\ntimeout = \"250ms\"\n");
    REQUIRE(udp);
    CHECK(udp->listen.size() == 2);
    CHECK(udp->workers == 256);
    CHECK(udp->fast);
    CHECK(udp->mode == "fancy");
    CHECK(udp->images.empty());
    CHECK(udp->timeout == 250ms);
  }

  TEST_CASE("what is wrong is named with its line") {
    struct Row {
      const char* text;
      const char* error;
    };
    for (const Row& row : std::initializer_list<Row>{
             {"[udp]\nworkers = 257\n", "doord.toml:2: udp.workers: must be a number from 0 to 256"},
             {"[udp]\nworkers = -1\n", "doord.toml:2: udp.workers: must be a number from 0 to 256"},
             {"[udp]\nworkers = 1.0\n", "doord.toml:2: udp.workers: must be a number from 0 to 256"},
             {"[udp]\nworkers = \"1\"\n", "doord.toml:2: udp.workers: must be a number from 0 to 256"},
             {"[udp]\n\nfast = 1\n", "doord.toml:3: udp.fast: must be true or false"},
             {"[udp]\nlisten = \"a\"\n", "doord.toml:2: udp.listen: must be an array of strings"},
             {"[udp]\nlisten = [\"a\",\n 1]\n", "doord.toml:3: udp.listen: must be an array of strings"},
             {"[udp]\nmode = \"odd\"\n", "doord.toml:2: udp.mode: must be one of \"plain\", \"fancy\""},
             {"[udp]\nmode = 1\n", "doord.toml:2: udp.mode: must be a string"},
             {"[udp]\nimages = 1\n", "doord.toml:2: udp.images: must be a string"},
             {"[udp]\ntimeout = 3\n",
              "doord.toml:2: udp.timeout: must be a duration such as \"250ms\", \"3s\", \"5m\""},
             {"[udp]\ntimeout = \"3\"\n",
              "doord.toml:2: udp.timeout: must be a duration such as \"250ms\", \"3s\", \"5m\""},
             {"[udp]\ntimeout = \"2m\"\n", "doord.toml:2: udp.timeout: must be from 100ms to 60000ms"},
             {"[udp]\n\nworker = 1\n", "doord.toml:3: unknown key udp.worker"},
             {"[udp]\nz = 1\na = 1\n", "doord.toml:2: unknown key udp.z"},
             {"\n[upd]\n", "doord.toml:2: unknown key upd"},
             {"udp = 1\n", "doord.toml:1: udp: must be a table"},
             {"[udp.deeper]\nx = 1\n", "doord.toml:1: unknown key udp.deeper"},
             {"[[udp]]\n", "doord.toml:1: udp: must be a table"},
         }) {
      CAPTURE(std::string(row.text));
      CHECK(error_of(row.text) == row.error);
    }
  }

  TEST_CASE("text that is no TOML is named with its line") {
    for (const char* text : {"[udp]\nworkers = \n", "[udp]\nworkers = 1\nworkers = 2\n", "\n]\n"}) {
      CAPTURE(std::string(text));
      const auto root = parse_config(text, "f");
      REQUIRE_FALSE(root);
      CHECK(root.error().line >= 2);
    }
    CHECK_FALSE(parse_config("a = \"\xff\"\n", "f"));
  }

  TEST_CASE("the first error wins, and after it the reader is left alone") {
    CHECK(error_of("[udp]\nfast = 1\nworkers = 300\nunknown = 1\n") ==
          "doord.toml:3: udp.workers: must be a number from 0 to 256");
  }

  TEST_CASE("a key that is unknown to a table is found even if only the whole file is asked") {
    auto root = parse_config("[a]\nx = 1\ny = 2\n[[b]]\nz = 1\n[[b]]\nw = 1\n", "f");
    REQUIRE(root);
    int x = 0;
    (void)root->table("a").number("x", x, {0, 9});
    for (Section& each : root->tables("b")) (void)each.number("z", x, {0, 9});
    const auto error = root->error();
    REQUIRE(error);
    CHECK(error->to_string() == "f:3: unknown key a.y");
  }

  TEST_CASE("tables of an array come in file order, each with its line") {
    auto root = parse_config("[[service]]\naddress = \"a\"\n\n[[service]]\naddress = \"b\"\n", "f");
    REQUIRE(root);
    CHECK(root->line() == 0);
    auto services = root->tables("service");
    REQUIRE(services.size() == 2);
    CHECK(services[0].line() == 1);
    CHECK(services[1].line() == 4);
    std::string address;
    for (Section& service : services) service.string("address", address);
    CHECK(services[1].finish(address));
    CHECK(address == "b");
    CHECK(root->tables("absent").empty());
    CHECK(root->finish(0));
    CHECK(parse_config("service = 1\n", "f")->tables("service").empty());
  }

  TEST_CASE("a check by hand names the key's line, or its table's when it is not there") {
    auto root = parse_config("\n[udp]\nlisten = []\n", "f");
    REQUIRE(root);
    Section udp = root->table("udp");
    std::vector<std::string> listen;
    udp.strings("listen", listen)
        .check(true, "listen", "fine")
        .check(!listen.empty(), "listen", "must not be empty");
    CHECK(udp.error()->to_string() == "f:3: udp.listen: must not be empty");
    auto other = parse_config("\n[udp]\n", "f");
    Section bare = other->table("udp");
    CHECK(bare.check(false, "listen", "must be given").error()->to_string() ==
          "f:2: udp.listen: must be given");
  }

  TEST_CASE("an error without a line names the file alone") {
    CHECK(ConfigError{"f", 0, "wrong"}.to_string() == "f: wrong");
    const auto missing = read_config("/nowhere/doord.toml");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().to_string() ==
          "/nowhere/doord.toml: cannot open /nowhere/doord.toml: No such file or directory");
  }

  TEST_CASE("a table of durations") {
    struct Row {
      const char* text;
      std::optional<std::chrono::milliseconds> duration;
    };
    for (const Row& row : std::initializer_list<Row>{{"250ms", 250ms},
                                                     {"0s", 0ms},
                                                     {"3s", 3s},
                                                     {"5m", 5min},
                                                     {"2h", 2h},
                                                     {"1d", 24h},
                                                     {"", {}},
                                                     {"3", {}},
                                                     {"s", {}},
                                                     {"-3s", {}},
                                                     {"3 s", {}},
                                                     {" 3s", {}},
                                                     {"3sec", {}},
                                                     {"1.5s", {}},
                                                     {"9999999999999999999s", {}},
                                                     {"99999d", {}}}) {
      CAPTURE(std::string(row.text));
      CHECK(parse_duration(row.text) == row.duration);
    }
  }
}

}  // namespace doors
