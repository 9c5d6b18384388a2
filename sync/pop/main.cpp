// doorsync: brings zone versions to this PoP. Reads the config, runs the agent, minds the signals.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "sync/pop/agent.h"
#include "sync/pop/settings.h"
#include "zones/base/clock.h"
#include "zones/base/log.h"
#include "zones/base/service_manager.h"

namespace {

using namespace doors;

constexpr std::string_view usage =
    "doorsync: brings zone versions to this PoP's doord\n"
    "\n"
    "  doorsync --config FILE   runs in the foreground (default /etc/doors/doorsync.toml)\n"
    "  --check-config           reads the config, says what is wrong with it, and ends\n"
    "  --version, --help\n"
    "\n"
    "SIGHUP reads the config again (publishers, service addresses, log); SIGTERM ends.\n"
    "Exit codes: 0 ended as told; 1 cannot start; 2 bad arguments or config.\n";

struct Arguments {
  std::filesystem::path config = "/etc/doors/doorsync.toml";
  bool check_only = false;
};

/// Nothing when the program is to end with `exit_code`.
std::optional<Arguments> read_arguments(int argc, char** argv, int& exit_code) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--help" || word == "-h") {
      std::fputs(usage.data(), stdout);
      exit_code = 0;
      return std::nullopt;
    }
    if (word == "--version") {
      std::puts("doorsync " DOORS_VERSION);
      exit_code = 0;
      return std::nullopt;
    }
    if (word == "--check-config") {
      arguments.check_only = true;
    } else if (word == "--config" && i + 1 < argc) {
      arguments.config = argv[++i];
    } else if (word.starts_with("--config=")) {
      arguments.config = word.substr(9);
    } else {
      std::fprintf(stderr, "doorsync: unknown argument \"%s\"; see --help\n", argv[i]);
      exit_code = 2;
      return std::nullopt;
    }
  }
  return arguments;
}

ConfigResult<DoorsyncSettings> read_settings(const std::filesystem::path& path) {
  auto config = read_config(path);
  if (!config) return Unexpected(std::move(config).error());
  return read_doorsync_settings(*config);
}

void start_log(const DoorsyncSettings& settings) {
  log::init(settings.log, "doorsync", settings.node.pop, settings.node.name);
}

/// Deals with signals until one ends the program.
void mind_signals(boost::asio::io_context& io, boost::asio::signal_set& signals, Agent& agent,
                  const Arguments& arguments) {
  signals.async_wait([&](const boost::system::error_code& error, int number) {
    if (error) return;
    if (number != SIGHUP) {
      tell_service_manager("STOPPING=1");
      log::info("stopping", {{"signal", number}});
      io.stop();
      return;
    }
    const auto settings = read_settings(arguments.config);
    if (!settings) {
      log::error("config not reloaded", {{"reason", settings.error().to_string()}});
    } else {
      start_log(*settings);
      agent.reload(*settings);
      log::info("config reloaded", {});
    }
    mind_signals(io, signals, agent, arguments);
  });
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  const auto arguments = read_arguments(argc, argv, exit_code);
  if (!arguments) return exit_code;
  const auto settings = read_settings(arguments->config);
  if (!settings) {
    std::fprintf(stderr, "doorsync: %s\n", settings.error().to_string().c_str());
    return 2;
  }
  if (arguments->check_only) return 0;
  start_log(*settings);
  std::signal(SIGPIPE, SIG_IGN);

  boost::asio::io_context io(1);
  const RealClock clock;
  auto agent = Agent::start(io, clock, *settings);
  if (!agent) {
    log::error("cannot start", {{"reason", agent.error().message}});
    return 1;
  }
  boost::asio::signal_set signals(io, SIGTERM, SIGINT, SIGHUP);
  mind_signals(io, signals, **agent, *arguments);
  log::info("started", {{"version", DOORS_VERSION}, {"publishers", settings->publishers.size()}});
  tell_service_manager("READY=1");
  io.run();
  return 0;
}
