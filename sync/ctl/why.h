#pragma once

#include <string>

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

struct WhyOptions {
  std::string pop;  ///< empty: this one
  bool json = false;
};

/// Why a PoP is announced or not, in doorkeeper's own reasons, and which zones it cannot serve and why. Of
/// another PoP than this machine's only the zones are known here.
[[nodiscard]] ExitCode run_why(Terminal& terminal, const Settings& settings, const WhyOptions& options);

}  // namespace doors::ctl
