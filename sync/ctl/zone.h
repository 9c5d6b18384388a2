#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"
#include "sync/ctl/zone_edit.h"

namespace doors::ctl {

struct ZoneOptions {
  ZoneEdit::Kind kind = ZoneEdit::Kind::add;
  std::string zone;
  std::string owner;                              ///< below the zone, or absolute; "@": the apex
  std::vector<std::string> words;                 ///< TTL TYPE RDATA...; to remove: [TYPE [RDATA...]]
  std::optional<std::chrono::milliseconds> wait;  ///< as for a push
  std::string comment;
  bool json = false;
};

/// Changes the records of one name of an unsigned zone: publishes the difference alone, so it takes as long
/// in a zone of ten million records as in one of ten.
[[nodiscard]] ExitCode run_zone(Terminal& terminal, const Settings& settings, const ZoneOptions& options);

}  // namespace doors::ctl
