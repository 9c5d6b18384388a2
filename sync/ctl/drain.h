#pragma once

#include <string>

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

struct DrainOptions {
  std::string pop;     ///< empty: whichever this is
  bool wait = false;   ///< until the queries have gone and the routes are withdrawn
  std::string reason;  ///< for `why` and the log
  bool json = false;
};
struct UndrainOptions {
  std::string pop;
  bool json = false;
};
struct WeightOptions {
  std::string pop;
  std::string weight;  ///< "up" or "far"
  bool json = false;
};

/// Takes this PoP out of the anycast without losing a query: doorkeeper marks the routes, watches the query
/// rate fall, withdraws. It stays out, through restarts too, until undrain. `done`: under way, or with wait:
/// withdrawn.
[[nodiscard]] ExitCode run_drain(Terminal& terminal, const Settings& settings, const DrainOptions& options);
/// Lets the PoP announce again once it is healthy.
[[nodiscard]] ExitCode run_undrain(Terminal& terminal, const Settings& settings,
                                   const UndrainOptions& options);
/// Says how this PoP is announced while it is neither closed nor drained: as usual, or as a door farther
/// away.
[[nodiscard]] ExitCode run_weight(Terminal& terminal, const Settings& settings, const WeightOptions& options);

}  // namespace doors::ctl
