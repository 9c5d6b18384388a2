#include "sync/ctl/init.h"

#include <array>
#include <cerrno>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "sync/trust/keys.h"
#include "zones/base/file.h"

namespace doors::ctl {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "node1";
  return name.data();
}

Outcome<void> make_directory(const PlannedDirectory& directory) {
  std::error_code error;
  if (std::filesystem::is_directory(directory.path, error)) return {};
  std::filesystem::create_directories(directory.path, error);
  if (error) return refused("cannot make " + directory.path.string() + ": " + error.message());
  if (::chmod(directory.path.c_str(), directory.mode) != 0) {
    return refused("cannot set the mode of " + directory.path.string() + ": " +
                   std::generic_category().message(errno));
  }
  return {};
}

/// The key that is there, or a new one.
Outcome<PrivateKey> keep_or_make_key(const std::filesystem::path& path, bool& made) {
  std::error_code error;
  made = !std::filesystem::exists(path, error);
  if (!made) {
    Result<PrivateKey> key = PrivateKey::read(path);
    if (!key) return refused(key.error().message);
    return *std::move(key);
  }
  Result<PrivateKey> key = PrivateKey::generate();
  if (!key) return refused(key.error().message);
  if (const Result<void> written = key->write(path); !written) return refused(written.error().message);
  return *std::move(key);
}

struct Made {
  InitPlan plan;
  PublicKey publisher;
};

Outcome<Made> init(Terminal& terminal, const InitOptions& options, const Layout& layout) {
  // The whole plan is checked with a stand-in before anything is made.
  Outcome<InitPlan> plan = plan_init(options, layout, "");
  if (!plan) return Unexpected(plan.error());
  std::error_code error;
  for (const PlannedFile& file : plan->files) {
    if (!options.force && std::filesystem::exists(file.path, error)) {
      return refused(file.path.string() +
                     " is there already; --force writes the configs anew (a key is always kept)");
    }
  }
  for (const PlannedDirectory& directory : plan->directories) {
    if (Outcome<void> made = make_directory(directory); !made) return Unexpected(made.error());
  }
  bool made_key = false;
  const Outcome<PrivateKey> key = keep_or_make_key(layout.publisher_key(), made_key);
  if (!key) return Unexpected(key.error());
  plan = plan_init(options, layout, key->public_key().to_base64());
  if (!plan) return Unexpected(plan.error());
  for (const PlannedFile& file : plan->files) {
    const Result<void> written = write_file_durably(file.path, octets_of(file.text), file.mode);
    if (!written) return refused(written.error().message);
    terminal.note("wrote " + file.path.string());
  }
  terminal.note((made_key ? "made the publisher's key " : "kept the publisher's key ") +
                layout.publisher_key().string() + ", id " + to_string(key->public_key().id()) +
                "; its public half, for [[publisher]] in doorsync.toml: " + key->public_key().to_base64());
  return Made{*std::move(plan), key->public_key()};
}

}  // namespace

ExitCode run_init(Terminal& terminal, InitOptions options) {
  if (options.node.empty()) options.node = host_name();
  if (!options.directory.empty()) {
    std::error_code error;
    options.directory = std::filesystem::absolute(options.directory, error).lexically_normal();
    if (error) return terminal.fail({ExitCode::refused, error.message()});
  }
  const Layout layout = layout_of(options.directory);
  const Outcome<Made> made = init(terminal, options, layout);
  if (!made) return terminal.fail(made.error());
  if (options.json) {
    Value::List files;
    for (const PlannedFile& file : made->plan.files) files.emplace_back(file.path.string());
    terminal.print_json(Value::Object{{"result", "done"},
                                      {"configs", std::move(files)},
                                      {"key", layout.publisher_key().string()},
                                      {"publisher", made->publisher.to_base64()},
                                      {"publisher_id", to_string(made->publisher.id())}});
    return ExitCode::done;
  }

  const std::string us =
      options.directory.empty() ? "doorctl" : "doorctl --dir " + options.directory.string();
  const auto config = [&](const char* name) { return (layout.config / name).string(); };
  std::string next = "Next, each in its own terminal or as a service:\n";
  next += "  doord --config " + config("doord.toml") + "\n";
  next += "  doorsync --config " + config("doorsync.toml") + "\n";
  next += "  doorkeeper --config " + config("doorkeeper.toml") + "\n";
  next += "then push a zone and look:\n";
  next += "  " + us + " push example.zone\n";
  next += "  " + us + " status\n";
  if (!terminal.quiet()) terminal.print_text(next);
  return ExitCode::done;
}

}  // namespace doors::ctl
