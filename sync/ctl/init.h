#pragma once

#include "sync/ctl/init_plan.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

/// Makes a publisher's key pair, the four configs and the directories of a PoP, and says what to do next. A
/// key that is there is kept; a config that is there is an error without options.force.
[[nodiscard]] ExitCode run_init(Terminal& terminal, InitOptions options);

}  // namespace doors::ctl
