#include <cstdio>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "server/config.h"
#include "server/doord.h"
#include "zones/base/log.h"

/// doord: answers DNS from zone images. Exit codes: 0 ended by a signal or with its parent, or config right;
/// 1 cannot start; 2 wrong command line or config.
// NOLINTNEXTLINE(bugprone-exception-escape): what escapes ends the program
int main(int argc, char** argv) {
  CLI::App app{"doord - answers DNS from zone images", "doord"};
  std::string config_path = "/etc/doors/doord.toml";
  std::optional<int> control_fd;
  bool check_only = false;
  app.add_option("--config", config_path, "the config file")->capture_default_str();
  app.add_option(
         "--control-fd", control_fd,
         "a connected SEQPACKET socket of the parent process, used as a control socket; doord ends with it")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--check-config", check_only, "read the config, say whether it is right, and end");
  app.set_version_flag("--version", std::string("doord ") + DOORS_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : 2;
  }

  auto config = doors::read_doord_config(config_path);
  if (!config) {
    doors::log::init({}, "doord", "", "");
    doors::log::error("config refused", {{"reason", config.error().to_string()}});
    return 2;
  }
  if (check_only) {
    std::printf("%s: ok\n", config_path.c_str());
    return 0;
  }
  doors::log::init(config->log, "doord", config->pop, config->node);
  doors::Doord server(config_path, *std::move(config));
  if (auto started = server.start(control_fd); !started) {
    doors::log::error("cannot start", {{"reason", started.error().message}});
    return 1;
  }
  server.run();
  return 0;
}
