#pragma once

#include "sync/ctl/session.h"
#include "sync/ctl/status.h"

namespace doors::ctl {

/// What `status` says at a hub: a row for each node of the fleet, and with `zones` for each zone at each.
/// `end` is the last message of doorsync's own status. `done`: every node serves what it is to serve by the
/// plan; `partly`: not, or an alarm is raised, or the store is lost.
[[nodiscard]] Outcome<ExitCode> run_fleet_status(Terminal& terminal, Session& hub, const ControlMessage& end,
                                                 const StatusOptions& options);

}  // namespace doors::ctl
