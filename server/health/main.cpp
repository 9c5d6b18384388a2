// doorkeeper: opens and closes the door. Asks the PoP's own service addresses, holds the announcement leases,
// drives the BGP speaker.
#include <filesystem>
#include <functional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "server/health/doorkeeper.h"
#include "server/health/keeper_config.h"
#include "zones/base/config.h"
#include "zones/base/daemon_arguments.h"
#include "zones/base/log.h"
#include "zones/base/service_manager.h"

namespace {

constexpr doors::Daemon program{"doorkeeper",
                                "announces a PoP's prefixes while its own service addresses answer",
                                "SIGHUP reads the config again; SIGTERM ends, and the leases run out."};

doors::ConfigResult<doors::KeeperConfig> load(const std::filesystem::path& path) {
  auto root = doors::read_config(path);
  if (!root) return doors::Unexpected(root.error());
  return doors::read_keeper_config(*std::move(root));
}

void reload(doors::Doorkeeper& keeper, const std::filesystem::path& path) {
  auto config = load(path);
  if (!config) {
    doors::log::error("config refused, the old one stays", {{"reason", config.error().to_string()}});
    return;
  }
  const auto node = config->node;
  const auto log = config->log;
  if (auto taken = keeper.reload(*std::move(config)); !taken) {
    doors::log::error("config refused, the old one stays", {{"reason", taken.error().message}});
    return;
  }
  doors::log::init(log, "doorkeeper", node.pop, node.name);
  doors::log::info("config reloaded");
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes ends the program, and the leases run out
int main(int argc, char** argv) {
  const auto arguments = doors::read_daemon_arguments(program, argc, argv);
  if (!arguments) return arguments.error();
  const std::filesystem::path& path = arguments->config;
  auto config = load(path);
  if (!config) return doors::config_is_wrong(program, config.error().to_string());
  if (arguments->check_only) return doors::config_is_right(path);
  doors::log::init(config->log, "doorkeeper", config->node.pop, config->node.name);

  boost::asio::io_context io(1);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT, SIGHUP);
  auto keeper = doors::Doorkeeper::start(io, *std::move(config));
  if (!keeper) {
    doors::log::error("cannot start", {{"reason", keeper.error().message}});
    return doors::DaemonExit::cannot_start;
  }
  const std::function<void(boost::system::error_code, int)> on_signal = [&](boost::system::error_code error,
                                                                            int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      doors::tell_service_manager_reloading();
      reload(**keeper, path);
      doors::tell_service_manager("READY=1");
      signals.async_wait(on_signal);
      return;
    }
    doors::tell_service_manager("STOPPING=1");
    doors::log::info("ended by a signal; leases are left to run out", {{"signal", signal}});
    io.stop();
  };
  signals.async_wait(on_signal);
  doors::tell_service_manager("READY=1");
  io.run();
  keeper->reset();
  return doors::DaemonExit::done;
}
