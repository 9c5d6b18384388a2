#pragma once

#include <string>

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

struct RefreshOptions {
  std::string zone;
  bool whole = false;  ///< take all of it, whatever its serial is
  bool json = false;
};

/// Lets doorsync ask a zone's primaries now. `done`: it will; what comes of it, status tells.
[[nodiscard]] ExitCode run_refresh(Terminal& terminal, const Settings& settings,
                                   const RefreshOptions& options);

}  // namespace doors::ctl
