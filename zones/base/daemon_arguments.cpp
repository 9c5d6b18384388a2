#include "zones/base/daemon_arguments.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

namespace doors {
namespace {

/// "  --name VALUE          help", in the columns of the lines beside it.
std::string help_line(std::string option, std::string_view help) {
  constexpr std::size_t column = 20;
  if (help.empty()) return "  " + option + "\n";
  option.resize(std::max(option.size() + 1, column), ' ');
  return "  " + option + std::string(help) + "\n";
}

std::string default_config(const Daemon& daemon) {
  return "/etc/doors/" + std::string(daemon.name) + ".toml";
}

std::string help_of(const Daemon& daemon, std::span<const DaemonOption> own) {
  std::string text = std::string(daemon.name) + ": " + std::string(daemon.purpose) + "\n\n";
  text += help_line("--config FILE", "the config; default " + default_config(daemon));
  text += help_line("--check-config", "read the config, say whether it is right, and end");
  for (const DaemonOption& option : own) {
    text += help_line(std::string(option.name) + " " + std::string(option.value), option.help);
  }
  text += help_line("--version, --help", "");
  text += "\n" + std::string(daemon.signals) + "\n";
  text += "Exit codes: 0 ended as told; 1 cannot start; 2 a bad command line or config.\n";
  return text;
}

/// The words behind the program's name, taken apart at `=`.
class Words {
 public:
  explicit Words(std::span<const char* const> words) : words_(words) {}

  /// The next option; nothing at the end.
  std::optional<std::string_view> next() {
    if (words_.empty()) return std::nullopt;
    const std::string_view word = words_.front();
    words_ = words_.subspan(1);
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string_view::npos;
    if (equals == std::string_view::npos) return word;
    value_ = word.substr(equals + 1);
    return word.substr(0, equals);
  }
  /// The value of the option that next() gave last; nothing if there is none.
  std::optional<std::string_view> value() {
    if (const auto value = std::exchange(value_, std::nullopt)) return value;
    if (words_.empty()) return std::nullopt;
    const std::string_view value = words_.front();
    words_ = words_.subspan(1);
    return value;
  }
  /// Whether a value stands behind `=` that nobody has asked for.
  [[nodiscard]] bool has_unasked_value() const noexcept { return value_.has_value(); }

 private:
  std::span<const char* const> words_;
  std::optional<std::string_view> value_;
};

Unexpected<int> refused(const Daemon& daemon, const std::string& why) {
  std::fprintf(stderr, "%s: %s; see --help\n", std::string(daemon.name).c_str(), why.c_str());
  return Unexpected(DaemonExit::bad_config);
}

}  // namespace

Expected<DaemonArguments, int> read_daemon_arguments(const Daemon& daemon, int argc, const char* const* argv,
                                                     std::span<const DaemonOption> own) {
  DaemonArguments arguments{default_config(daemon), false};
  Words words(std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
  while (const auto word = words.next()) {
    const std::string option(*word);
    if (option == "--help" || option == "-h") {
      std::fputs(help_of(daemon, own).c_str(), stdout);
      return Unexpected(DaemonExit::done);
    }
    if (option == "--version") {
      std::printf("%s %s\n", std::string(daemon.name).c_str(), DOORS_VERSION);
      return Unexpected(DaemonExit::done);
    }
    if (option == "--check-config") {
      arguments.check_only = true;
      if (words.has_unasked_value()) return refused(daemon, option + " takes no value");
      continue;
    }
    const auto ours =
        std::find_if(own.begin(), own.end(), [&](const DaemonOption& it) { return it.name == option; });
    if (option != "--config" && ours == own.end())
      return refused(daemon, "unknown argument \"" + option + "\"");
    const auto value = words.value();
    if (!value || value->empty()) return refused(daemon, option + " needs a value");
    if (ours == own.end()) {
      arguments.config = *value;
    } else if (!ours->take(*value)) {
      return refused(daemon, option + " " + std::string(*value) + ": a bad value");
    }
  }
  return arguments;
}

int config_is_right(const std::filesystem::path& config) {
  std::printf("%s: ok\n", config.c_str());
  return DaemonExit::done;
}

int config_is_wrong(const Daemon& daemon, std::string_view why) {
  std::fprintf(stderr, "%s: %s\n", std::string(daemon.name).c_str(), std::string(why).c_str());
  return DaemonExit::bad_config;
}

}  // namespace doors
