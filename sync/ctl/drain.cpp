#include "sync/ctl/drain.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "sync/ctl/session.h"

namespace doors::ctl {
namespace {

/// Who asks, for the log: the user behind sudo, else this one.
std::string user_name() {
  const char* behind_sudo = std::getenv("SUDO_USER");
  if (behind_sudo != nullptr && *behind_sudo != '\0') return behind_sudo;
  const passwd* entry = ::getpwuid(::getuid());
  return entry == nullptr ? std::to_string(::getuid()) : entry->pw_name;
}

/// The fields of a message in one line: "rate 12, share 0.3".
std::string words_of(const ControlMessage& message) {
  std::string words;
  for (const auto& [key, value] : message.fields()) {
    if (!words.empty()) words += ", ";
    words += key + " " + value;
  }
  return printable(words);
}

Outcome<void> drain(Terminal& terminal, const Settings& settings, const DrainOptions& options) {
  auto doorkeeper = Session::open(settings.doorkeeper_socket, "doorkeeper");
  if (!doorkeeper) return Unexpected(doorkeeper.error());
  ControlMessage request("drain");
  request.with("by", user_name());
  if (!options.reason.empty()) request.with("reason", options.reason);
  if (!options.wait) {
    const auto reply = doorkeeper->ask(request, usual_silence);
    if (!reply) return Unexpected(reply.error());
    terminal.note("draining; doorctl status shows when the routes are withdrawn");
    return {};
  }
  request.with("wait", "yes");
  // doorkeeper bounds the drain by its own [drain] max_wait, and tells its progress meanwhile.
  const auto end = doorkeeper->stream(request, "end", std::chrono::minutes(10), [&](const ControlMessage& message) {
    if (message.verb() != "progress") return;
    if (terminal.shows_progress()) {
      terminal.progress("draining: " + words_of(message));
    } else {
      terminal.note("draining: " + words_of(message));
    }
  });
  if (!end) return Unexpected(end.error());
  terminal.end_progress();
  terminal.note(end->fields().empty() ? "drained" : "drained: " + words_of(*end));
  return {};
}

}  // namespace

ExitCode run_drain(Terminal& terminal, const Settings& settings, const DrainOptions& options) {
  const Outcome<void> done = drain(terminal, settings, options);
  return done ? ExitCode::done : terminal.fail(done.error());
}

ExitCode run_undrain(Terminal& terminal, const Settings& settings) {
  auto doorkeeper = Session::open(settings.doorkeeper_socket, "doorkeeper");
  if (!doorkeeper) return terminal.fail(doorkeeper.error());
  const auto reply = doorkeeper->ask(ControlMessage("undrain").with("by", user_name()), usual_silence);
  if (!reply) return terminal.fail(reply.error());
  terminal.note("no longer drained; the PoP announces once it is healthy");
  return ExitCode::done;
}

}  // namespace doors::ctl
