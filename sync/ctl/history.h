#pragma once

#include <string>

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

struct HistoryOptions {
  std::string zone;
  bool json = false;
};

/// The versions of one zone that the store keeps, oldest first. `refused` if it knows no such zone.
[[nodiscard]] ExitCode run_history(Terminal& terminal, const Settings& settings,
                                   const HistoryOptions& options);

}  // namespace doors::ctl
