#pragma once

#include <cstdint>

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

struct KeyOptions {
  enum class Verb : std::uint8_t { list, make, rotate };
  Verb verb = Verb::list;
  bool json = false;
};

/// Publishers' keys: which ones doorsync takes versions from, the next one, and the change to it. The next
/// key lies beside the one in use, as PUBLISHER_KEY.next; one that was in use as PUBLISHER_KEY.ID.
[[nodiscard]] ExitCode run_key(Terminal& terminal, const Settings& settings, const KeyOptions& options);

}  // namespace doors::ctl
