#pragma once

#include "sync/ctl/loaded_files.h"

namespace doors::ctl {

struct CheckOptions {
  ZoneArguments zones;
  bool strict = false;   ///< warnings count as errors
  bool verbose = false;  ///< every warning on stderr, however many
  bool json = false;
};

/// Reads and checks zone files as a push would, without a server: syntax, semantics, ZONEMD, signatures.
/// Problems go to stderr, one line each, a summary of each zone to stdout. `refused` if any file has an
/// error.
[[nodiscard]] ExitCode run_check(Terminal& terminal, const CheckOptions& options);

}  // namespace doors::ctl
