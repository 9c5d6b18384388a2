#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "sync/ctl/report.h"
#include "sync/ctl/session.h"
#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"
#include "sync/fleet/plan.h"

namespace doors::ctl {

/// The fleet's plan as the hub has it.
struct HubPlan {
  FleetPlan plan;
  std::uint32_t next = 1;  ///< number of the next rollout
};
[[nodiscard]] Outcome<HubPlan> ask_plan(Session& hub);
[[nodiscard]] Value rollout_json(const Rollout& rollout);

/// Follows a rollout at the hub until it is over; with `canary` until its first wave has passed. Says how it
/// goes on as it does. Gives why it was stopped; nothing: it was not. Error `unreachable`: the hub is lost,
/// or `limit` is over; the rollout goes on as the store has it.
[[nodiscard]] Outcome<std::optional<std::string>> follow_rollout(Terminal& terminal, Session& hub,
                                                                 std::uint32_t id, bool canary,
                                                                 std::chrono::milliseconds limit);
/// How long a rollout may take.
[[nodiscard]] std::chrono::milliseconds time_of(const Rollout& rollout);

/// Takes back what belongs to a rollout that was stopped, where it was taken: what was served before comes
/// back as new versions, and zones that are new are deleted. `done`, or `partly`: not all of it, or not yet.
[[nodiscard]] ExitCode take_back(Terminal& terminal, const Settings& settings, std::uint32_t id,
                                 const std::string& why, std::optional<std::chrono::milliseconds> wait);

struct RolloutOptions {
  enum class Verb { show, watch, stop };
  Verb verb = Verb::show;
  std::string reason;  ///< of stop
  bool json = false;
};
/// Shows the rollout; or waits until it is over, and takes it back if it was stopped; or stops it and takes
/// it back. `watch` from anywhere goes on where the doorctl that pushed was lost.
[[nodiscard]] ExitCode run_rollout(Terminal& terminal, const Settings& settings,
                                   const RolloutOptions& options);

}  // namespace doors::ctl
