#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "zones/base/expected.h"

namespace doors {

/// How doord, doorsync and doorkeeper end. Options and config are wrong the same way at every start, so a
/// service manager that starts again need not.
struct DaemonExit {
  static constexpr int done = 0;
  static constexpr int cannot_start = 1;
  static constexpr int bad_config = 2;  ///< or a bad command line
};

/// A program that runs until it is told to end, in the words of its --help.
struct Daemon {
  std::string_view name;     ///< "doorsync"; its config is /etc/doors/doorsync.toml
  std::string_view purpose;  ///< what stands behind the name, in one line
  std::string_view signals;  ///< what it does about which, in one line
};

/// An option of one program alone; it has a value.
struct DaemonOption {
  std::string_view name;   ///< "--control-fd"
  std::string_view value;  ///< what to call it: "FD"
  std::string_view help;
  std::function<bool(std::string_view)> take;  ///< false: a bad value
};

struct DaemonArguments {
  std::filesystem::path config;
  bool check_only = false;  ///< read the config, say whether it is right, end
};

/// Reads what the three programs' command lines have in common: `--config FILE`, `--check-config`,
/// `--version`, `--help`; and the program's own options. Both `--option VALUE` and `--option=VALUE` do. The
/// error is an exit code: help and version were printed (0), or on stderr what is wrong (2).
[[nodiscard]] Expected<DaemonArguments, int> read_daemon_arguments(const Daemon& daemon, int argc,
                                                                   const char* const* argv,
                                                                   std::span<const DaemonOption> own = {});

/// The end of --check-config for a config that is right: says so, and gives the exit code.
[[nodiscard]] int config_is_right(const std::filesystem::path& config);

/// The same for one that is not, whatever the program was started for.
[[nodiscard]] int config_is_wrong(const Daemon& daemon, std::string_view why);

}  // namespace doors
