#pragma once

#include <string>

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

struct HistoryOptions {
  std::string zone;  ///< or the PoP's name
  bool json = false;
};

/// The versions of one zone that the store keeps, oldest first; `refused` if it knows no such zone. Named as
/// this PoP is, without a dot: what changed at its door, as its doorkeeper remembers it.
[[nodiscard]] ExitCode run_history(Terminal& terminal, const Settings& settings,
                                   const HistoryOptions& options);

}  // namespace doors::ctl
