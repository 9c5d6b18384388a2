// doord: answers DNS from zone images.
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "server/config.h"
#include "server/doord.h"
#include "zones/base/daemon_arguments.h"
#include "zones/base/log.h"

namespace {

using namespace doors;

constexpr Daemon program{"doord", "answers DNS from zone images",
                         "SIGHUP reads the config again; SIGTERM ends."};

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): what escapes ends the program
int main(int argc, char** argv) {
  std::optional<int> control_fd;
  const std::array own{
      DaemonOption{"--control-fd", "FD",
                   "a connected SEQPACKET socket of the parent, used as a control socket; doord ends with it",
                   [&](std::string_view text) {
                     int fd = 0;
                     const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
                     control_fd = fd;
                     return error == std::errc() && end == text.data() + text.size() && fd >= 0;
                   }}};
  const auto arguments = read_daemon_arguments(program, argc, argv, own);
  if (!arguments) return arguments.error();
  auto config = read_doord_config(arguments->config);
  if (!config) return config_is_wrong(program, config.error().to_string());
  if (arguments->check_only) return config_is_right(arguments->config);
  log::init(config->log, "doord", config->pop, config->node);
  Doord server(arguments->config, *std::move(config));
  if (auto started = server.start(control_fd); !started) {
    log::error("cannot start", {{"reason", started.error().message}});
    return DaemonExit::cannot_start;
  }
  server.run();
  return DaemonExit::done;
}
