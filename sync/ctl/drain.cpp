#include "sync/ctl/drain.h"

#include "sync/ctl/doorkeeper_session.h"

namespace doors::ctl {
namespace {

/// How far a drain is: "12.0 queries a second, goal 5.0, at most 21 s more".
std::string words_of(const ControlMessage& progress) {
  const auto left = std::chrono::milliseconds(progress.number("left_ms").value_or(0));
  return printable(std::string(progress.text("queries_per_second")) + " queries a second, goal " +
                   std::string(progress.text("goal_queries_per_second")) + ", at most " + in_words(left) +
                   " more");
}

void print_json(Terminal& terminal, const ControlMessage& reply) {
  Value::Object object{{"result", "done"}, {"state", reply.text("state")}};
  for (const char* key : {"reason", "warning"}) {
    if (const auto words = reply.get(key)) object.emplace_back(key, *words);
  }
  terminal.print_json(object);
}

Outcome<void> drain(Terminal& terminal, const Settings& settings, const DrainOptions& options) {
  auto doorkeeper = open_doorkeeper(settings, options.pop);
  if (!doorkeeper) return Unexpected(doorkeeper.error());
  ControlMessage request("drain");
  request.with("by", user_name());
  if (!options.reason.empty()) request.with("reason", options.reason);
  if (!options.wait) {
    const auto reply = doorkeeper->ask(request, usual_silence);
    if (!reply) return Unexpected(reply.error());
    if (const auto warning = reply->message.get("warning")) terminal.warn(printable(*warning));
    terminal.note("draining; doorctl status shows when the routes are withdrawn");
    if (options.json) print_json(terminal, reply->message);
    return {};
  }
  request.with("wait", "yes");
  // doorkeeper bounds the drain by its own [drain] max_wait, and tells its progress meanwhile.
  const auto end =
      doorkeeper->stream(request, "end", std::chrono::minutes(10), [&](const ControlMessage& message) {
        if (message.verb() != "progress") return;
        if (terminal.shows_progress()) {
          terminal.progress("draining: " + words_of(message));
        } else {
          terminal.note("draining: " + words_of(message));
        }
      });
  if (!end) return Unexpected(end.error());
  if (end->text("reason") == "undrained") return refused("somebody ended the drain: the PoP announces again");
  terminal.note("drained: " + printable(end->text("reason")));
  if (options.json) print_json(terminal, *end);
  return {};
}

}  // namespace

ExitCode run_drain(Terminal& terminal, const Settings& settings, const DrainOptions& options) {
  const Outcome<void> done = drain(terminal, settings, options);
  return done ? ExitCode::done : terminal.fail(done.error());
}

ExitCode run_undrain(Terminal& terminal, const Settings& settings, const UndrainOptions& options) {
  auto doorkeeper = open_doorkeeper(settings, options.pop);
  if (!doorkeeper) return terminal.fail(doorkeeper.error());
  const auto reply = doorkeeper->ask(ControlMessage("undrain").with("by", user_name()), usual_silence);
  if (!reply) return terminal.fail(reply.error());
  if (const auto warning = reply->message.get("warning")) terminal.warn(printable(*warning));
  terminal.note("no longer drained; the PoP announces once it is healthy");
  if (options.json) print_json(terminal, reply->message);
  return ExitCode::done;
}

ExitCode run_weight(Terminal& terminal, const Settings& settings, const WeightOptions& options) {
  auto doorkeeper = open_doorkeeper(settings, options.pop);
  if (!doorkeeper) return terminal.fail(doorkeeper.error());
  const auto reply = doorkeeper->ask(
      ControlMessage("weight").with("lane", options.weight).with("by", user_name()), usual_silence);
  if (!reply) return terminal.fail(reply.error());
  if (const auto warning = reply->message.get("warning")) terminal.warn(printable(*warning));
  terminal.note(options.weight == "far" ? "far: announced with a longer AS path, through restarts too"
                                        : "up: announced as usual");
  if (options.json) print_json(terminal, reply->message);
  return ExitCode::done;
}

}  // namespace doors::ctl
