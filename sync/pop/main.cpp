// doorsync: brings zone versions to this PoP. Reads the config, runs the agent, minds the signals.
#include <csignal>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <unistd.h>

#include "sync/pop/agent.h"
#include "sync/pop/settings.h"
#include "sync/xfr/worker.h"
#include "zones/base/clock.h"
#include "zones/base/daemon_arguments.h"
#include "zones/base/log.h"
#include "zones/base/service_manager.h"

namespace {

using namespace doors;

constexpr Daemon program{
    "doorsync", "brings zone versions to this PoP's doord",
    "SIGHUP reads the config again (publishers, secondaries, service addresses, etcd, log); SIGTERM ends."};

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
                  const DaemonArguments& arguments) {
  signals.async_wait([&](const boost::system::error_code& error, int number) {
    if (error) return;
    if (number != SIGHUP) {
      tell_service_manager("STOPPING=1");
      log::info("stopping", {{"signal", number}});
      io.stop();
      return;
    }
    tell_service_manager_reloading();
    const auto settings = read_settings(arguments.config);
    if (!settings) {
      log::error("config not reloaded", {{"reason", settings.error().to_string()}});
    } else {
      start_log(*settings);
      agent.reload(*settings);
      log::info("config reloaded", {});
    }
    tell_service_manager("READY=1");
    mind_signals(io, signals, agent, arguments);
  });
}

}  // namespace

int main(int argc, char** argv) {
  // How sync/xfr/worker_process starts this program; nobody else does.
  if (argc > 1 && argv[1] == std::string_view("--transfer-worker")) ::_exit(xfr::run_worker());
  const auto arguments = read_daemon_arguments(program, argc, argv);
  if (!arguments) return arguments.error();
  const auto settings = read_settings(arguments->config);
  if (!settings) return config_is_wrong(program, settings.error().to_string());
  if (arguments->check_only) return config_is_right(arguments->config);
  start_log(*settings);
  std::signal(SIGPIPE, SIG_IGN);

  boost::asio::io_context io(1);
  const RealClock clock;
  auto agent = Agent::start(io, clock, *settings);
  if (!agent) {
    log::error("cannot start", {{"reason", agent.error().message}});
    return DaemonExit::cannot_start;
  }
  boost::asio::signal_set signals(io, SIGTERM, SIGINT, SIGHUP);
  mind_signals(io, signals, **agent, *arguments);
  log::info("started", {{"version", DOORS_VERSION}, {"publishers", settings->publishers.size()}});
  tell_service_manager("READY=1");
  io.run();
  return DaemonExit::done;
}
