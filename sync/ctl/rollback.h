#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

struct RollbackOptions {
  std::string zone;
  std::string to;  ///< SEQ or EPOCH/SEQ; empty: the last version with other content
  std::optional<std::chrono::milliseconds> wait;  ///< as for a push
  std::string comment;                            ///< empty: "rollback to EPOCH/SEQ"
  std::vector<std::string> force;                 ///< gates, of which `expired` can refuse
  bool json = false;
  std::uint32_t stage = 0;  ///< takes this rollout back, and only where it was taken
  bool silent = false;      ///< prints warnings and errors alone
};

/// Publishes old content as a new version. An unsigned zone gets a higher serial; a signed one keeps its own,
/// and a warning says that secondaries will not follow. Content whose signatures are over is refused (gate
/// `expired`).
[[nodiscard]] ExitCode run_rollback(Terminal& terminal, const Settings& settings,
                                    const RollbackOptions& options);

}  // namespace doors::ctl
