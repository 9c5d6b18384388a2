#pragma once

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

struct StatusOptions {
  bool all = false;    ///< a row for each zone, however many
  bool zones = false;  ///< at a hub: a row for each zone at each node
  bool json = false;
};

/// What this PoP's programs say of themselves, and which version of each zone each node serves. `done`: every
/// node serves the newest version of every zone; `partly`: not; `unreachable`: doorsync does not answer.
[[nodiscard]] ExitCode run_status(Terminal& terminal, const Settings& settings, const StatusOptions& options);

}  // namespace doors::ctl
