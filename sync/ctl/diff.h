#pragma once

#include "sync/ctl/loaded_files.h"
#include "sync/ctl/settings.h"
#include "sync/ctl/table.h"
#include "zones/content/diff.h"

namespace doors::ctl {

struct DiffOptions {
  ZoneArguments zones;
  std::string from;      ///< an older zone file to compare with; empty: what the store holds
  bool summary = false;  ///< counts alone
  bool json = false;
};

/// Shows what a push of these files would change: records that go (-) and come (+), in zone text, per zone.
[[nodiscard]] ExitCode run_diff(Terminal& terminal, const Settings& settings, const DiffOptions& options);

/// The lines of one difference: "-OWNER TTL IN TYPE RDATA" and "+…", in canonical order; records that both
/// sides have are left out. Pure.
[[nodiscard]] std::vector<std::string> lines_of(const Diff& difference);

}  // namespace doors::ctl
