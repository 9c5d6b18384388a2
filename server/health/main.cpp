// doorkeeper: opens and closes the door. Asks the PoP's own service addresses, holds the announcement leases,
// drives the BGP speaker.
#include <array>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "server/health/doorkeeper.h"
#include "server/health/follower.h"
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

/// `--follow exabgp`: runs as ExaBGP's process, until that ends it.
int follow(const doors::KeeperConfig& config) {
  if (config.exabgp.socket.empty())
    return doors::config_is_wrong(program, "--follow exabgp needs [exabgp] socket");
  boost::asio::io_context io(1);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
  int code = doors::DaemonExit::done;
  auto follower = doors::Follower::start(io, config, [&](const std::string& why) {
    if (!why.empty()) doors::log::error("ended", {{"reason", why}});
    if (!why.empty()) code = doors::DaemonExit::cannot_start;
    io.stop();
  });
  if (!follower) {
    doors::log::error("cannot start", {{"reason", follower.error().message}});
    return doors::DaemonExit::cannot_start;
  }
  doors::log::info("follows the leases", {{"for", "exabgp"}});
  io.run();
  return code;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes ends the program, and the leases run out
int main(int argc, char** argv) {
  bool follows = false;
  const std::array options{
      doors::DaemonOption{"--follow", "exabgp", "follow the leases as that speaker's process",
                          [&follows](std::string_view speaker) { return follows = speaker == "exabgp"; }}};
  const auto arguments = doors::read_daemon_arguments(program, argc, argv, options);
  if (!arguments) return arguments.error();
  const std::filesystem::path& path = arguments->config;
  auto config = load(path);
  if (!config) return doors::config_is_wrong(program, config.error().to_string());
  if (arguments->check_only) return doors::config_is_right(path);
  doors::log::init(config->log, "doorkeeper", config->node.pop, config->node.name);

  if (follows) {
    std::signal(SIGPIPE, SIG_IGN);  // ExaBGP's end is noticed by the write
    return follow(*config);
  }

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
