#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

struct DeleteOptions {
  std::vector<std::string> zones;
  std::optional<std::chrono::milliseconds> wait;  ///< as for a push
  std::string comment;
  bool json = false;
  std::uint32_t stage = 0;  ///< as of a rollback
  bool silent = false;      ///< prints warnings and errors alone
};

/// Publishes the end of each zone as a signed version without content: no node serves it any more. All of
/// them, or none. The versions before stay, so a rollback brings a zone back.
[[nodiscard]] ExitCode run_delete(Terminal& terminal, const Settings& settings, const DeleteOptions& options);

}  // namespace doors::ctl
