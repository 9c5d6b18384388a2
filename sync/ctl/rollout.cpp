#include "sync/ctl/rollout.h"

#include <algorithm>
#include <thread>

#include "sync/ctl/delete_zones.h"
#include "sync/ctl/rollback.h"
#include "sync/ctl/versions.h"

namespace doors::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds between_looks{50};
constexpr std::string_view states[] = {"done", "going", "stopped"};

bool goes_back(VersionKind kind) { return kind == VersionKind::rollback || kind == VersionKind::tombstone; }

/// The newest version before those of rollout `id` and of rollouts that were stopped; null if the zone began
/// with them. Nothing: the history has a gap there, so it is not known.
std::optional<const StoredVersion*> last_good(const std::vector<StoredVersion>& history,
                                              const FleetPlan& plan, std::uint32_t id) {
  const auto is_stopped = [&](const StoredVersion& version) {
    if (goes_back(version.kind) || version.stage == 0) return false;
    return version.stage == id ||
           std::ranges::find(plan.stopped, version.stage, &FleetPlan::Stopped::id) != plan.stopped.end();
  };
  std::uint64_t seq = history.back().number.seq;
  for (auto at = history.rbegin(); at != history.rend() && at->number.seq == seq; ++at, --seq) {
    if (!is_stopped(*at)) return &*at;
  }
  return seq == 0 ? std::optional<const StoredVersion*>(nullptr) : std::nullopt;
}

}  // namespace

Outcome<HubPlan> ask_plan(Session& hub) {
  const auto reply = hub.ask(ControlMessage("plan"), usual_silence);
  if (!reply) return Unexpected(reply.error());
  const auto octets = reply->message.encode();
  auto plan = octets ? FleetPlan::decode(*octets) : Unexpected(octets.error());
  if (!plan) return unreachable("doorsync: " + plan.error().message);
  return HubPlan{*std::move(plan), static_cast<std::uint32_t>(reply->message.number("next").value_or(1))};
}

Value rollout_json(const Rollout& rollout) {
  Value::List waves;
  for (const std::string& wave : rollout.waves) waves.push_back(Value(wave));
  return Value::Object{{"id", rollout.id},
                       {"state", states[static_cast<std::size_t>(rollout.state)]},
                       {"open", rollout.open},
                       {"waves", std::move(waves)},
                       {"reason", rollout.reason}};
}

milliseconds time_of(const Rollout& rollout) {
  constexpr milliseconds spare{5000};
  return (rollout.bake + rollout.limit) * static_cast<int>(rollout.waves.size() + 1) + spare;  // and all
}

Outcome<std::optional<std::string>> follow_rollout(Terminal& terminal, Session& hub, std::uint32_t id,
                                                   bool canary, milliseconds limit) {
  const auto end = steady_clock::now() + limit;
  for (;;) {
    const auto asked = ask_plan(hub);
    if (!asked) return Unexpected(asked.error());
    const FleetPlan& plan = asked->plan;
    const Rollout& now = plan.rollout;
    if (now.id < id)
      return unreachable("the store's plan does not know rollout " + std::to_string(id) + " any more");
    if (now.id != id) {
      const bool stopped = std::ranges::find(plan.stopped, id, &FleetPlan::Stopped::id) != plan.stopped.end();
      return stopped ? std::optional<std::string>("another rollout was begun") : std::nullopt;
    }
    if (now.state == Rollout::State::stopped) return std::optional(now.reason);
    if (now.state == Rollout::State::done || (canary && now.open > 1)) return std::optional<std::string>();
    if (steady_clock::now() >= end)
      return unreachable("rollout " + std::to_string(id) + " is still going on (doorctl rollout watch)");
    terminal.progress("rollout " + std::to_string(id) + ": wave " + std::to_string(now.open) + " of " +
                      std::to_string(now.waves.size()) + " is open");
    std::this_thread::sleep_for(between_looks);
  }
}

ExitCode take_back(Terminal& terminal, const Settings& settings, std::uint32_t id, const std::string& why,
                   std::optional<milliseconds> wait) {
  auto hub = Session::open(settings.doorsync_socket, "doorsync");
  if (!hub) return terminal.fail(hub.error());
  const auto heads = ask_heads(*hub);
  if (!heads) return terminal.fail(heads.error());
  const auto asked = ask_plan(*hub);
  if (!asked) return terminal.fail(asked.error());
  DeleteOptions deletion;
  deletion.wait = wait;
  deletion.comment = "rollout " + std::to_string(id) + " was stopped: " + why;
  deletion.stage = id;
  deletion.silent = true;
  ExitCode worst = ExitCode::done;
  const auto did = [&](ExitCode code) {
    if (code != ExitCode::done) worst = ExitCode::partly;
  };
  for (const auto& [zone, head] : *heads) {
    if (head.stage != id || goes_back(head.kind)) continue;
    const auto history = ask_history(*hub, zone);
    if (!history) {
      did(terminal.fail(history.error()));
      continue;
    }
    if (history->empty() || history->back().number != head.number) continue;  // another has taken it back
    const auto last = last_good(*history, asked->plan, id);
    if (!last) {
      terminal.error(zone.to_string() + ": not taken back, because the version before is not kept");
      did(ExitCode::partly);
      continue;
    }
    // New in this rollout, or deleted before it: there is nothing to go back to.
    if (*last == nullptr || (*last)->kind == VersionKind::tombstone) {
      deletion.zones.push_back(zone.to_string());
      continue;
    }
    RollbackOptions rollback;
    rollback.zone = zone.to_string();
    rollback.to = (*last)->number.to_string();
    rollback.wait = wait;
    rollback.comment = deletion.comment;
    rollback.stage = id;
    rollback.silent = true;
    did(run_rollback(terminal, settings, rollback));
  }
  if (!deletion.zones.empty()) did(run_delete(terminal, settings, deletion));
  return worst;
}

ExitCode run_rollout(Terminal& terminal, const Settings& settings, const RolloutOptions& options) {
  auto hub = Session::open(settings.doorsync_socket, "doorsync");
  if (!hub) return terminal.fail(hub.error());
  if (options.verb == RolloutOptions::Verb::stop) {
    const std::string reason = options.reason.empty() ? "stopped by hand" : options.reason;
    const auto stopped =
        hub->ask(ControlMessage("edit_plan").with("what", "stop").with("reason", reason), usual_silence);
    if (!stopped) return terminal.fail(stopped.error());
  }
  auto asked = ask_plan(*hub);
  if (!asked) return terminal.fail(asked.error());
  ExitCode code = ExitCode::done;
  std::string result = "done";
  if (options.verb != RolloutOptions::Verb::show && asked->plan.rollout.id != 0) {
    const std::uint32_t id = asked->plan.rollout.id;
    const auto why = follow_rollout(terminal, *hub, id, false, time_of(asked->plan.rollout));
    terminal.end_progress();
    if (!why) return terminal.fail(why.error());
    if (*why) {
      code = take_back(terminal, settings, id, **why, std::nullopt);
      result = code == ExitCode::done ? "rolled back" : "stopped";
      if (code == ExitCode::done && options.verb == RolloutOptions::Verb::watch) code = ExitCode::refused;
    }
    asked = ask_plan(*hub);
    if (!asked) return terminal.fail(asked.error());
  }
  const Rollout& rollout = asked->plan.rollout;
  if (options.json) {
    terminal.print_json(Value::Object{{"result", result}, {"rollout", rollout_json(rollout)}});
    return code;
  }
  if (rollout.id == 0) {
    terminal.print("there was no rollout yet");
    return code;
  }
  terminal.print("rollout " + std::to_string(rollout.id) + ": " +
                 std::string(states[static_cast<std::size_t>(rollout.state)]) +
                 (rollout.reason.empty() ? "" : ": " + printable(rollout.reason)));
  for (std::size_t i = 0; i < rollout.waves.size(); ++i) {
    terminal.print("  wave " + std::to_string(i + 1) + ", " + (i < rollout.open ? "open" : "closed") + ": " +
                   printable(rollout.waves[i]));
  }
  if (result != "done") terminal.print(result);
  return code;
}

}  // namespace doors::ctl
