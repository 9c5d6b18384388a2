#include "zones/base/daemon_arguments.h"

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace doors;

constexpr Daemon daemon_of_test{"doorbell", "rings", "SIGTERM ends."};

Expected<DaemonArguments, int> read(std::vector<const char*> words, std::span<const DaemonOption> own = {}) {
  words.insert(words.begin(), "doorbell");
  return read_daemon_arguments(daemon_of_test, static_cast<int>(words.size()), words.data(), own);
}

TEST_SUITE("base: the daemons' command line") {
  TEST_CASE("without a word it is the config in /etc/doors") {
    const auto arguments = read({});
    REQUIRE(arguments);
    CHECK(arguments->config == "/etc/doors/doorbell.toml");
    CHECK(!arguments->check_only);
  }

  TEST_CASE("values stand behind a blank or an equals sign, in any order") {
    for (const auto& words : {std::vector<const char*>{"--config", "a=b.toml", "--check-config"},
                              {"--check-config", "--config=a=b.toml"}}) {
      const auto arguments = read(words);
      REQUIRE(arguments);
      CHECK(arguments->config == "a=b.toml");
      CHECK(arguments->check_only);
    }
  }

  TEST_CASE("what is wrong ends with 2, help and version with 0") {
    struct Row {
      std::vector<const char*> words;
      int exit_code;
    };
    for (const Row& row : {Row{{"--confg", "x"}, 2}, Row{{"x"}, 2}, Row{{"--config"}, 2},
                           Row{{"--config="}, 2}, Row{{"--check-config=yes"}, 2}, Row{{""}, 2},
                           Row{{"--help"}, 0}, Row{{"-h"}, 0}, Row{{"--version"}, 0}}) {
      CAPTURE(row.words.front());
      const auto arguments = read(row.words);
      REQUIRE(!arguments);
      CHECK(arguments.error() == row.exit_code);
    }
  }

  TEST_CASE("an option of the program's own takes its value or refuses it") {
    std::string taken;
    const std::array own{DaemonOption{"--bell", "TONE", "how it rings", [&](std::string_view value) {
                                        taken = value;
                                        return value == "high";
                                      }}};
    CHECK(read({"--bell", "high"}, own));
    CHECK(taken == "high");
    CHECK(read({"--bell=low"}, own).error() == DaemonExit::bad_config);
    CHECK(taken == "low");
    CHECK(read({"--bell"}, own).error() == DaemonExit::bad_config);
  }
}

}  // namespace
