#pragma once

#include <string>

#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"

namespace doors::ctl {

struct PinOptions {
  enum class Verb { pin, unpin, promote };
  Verb verb = Verb::pin;
  std::string nodes;    ///< a PoP, or a selector (sync/fleet/selector.h)
  std::string zone;     ///< of pin and unpin
  std::string version;  ///< SEQ or EPOCH/SEQ; empty: the newest
  bool json = false;
};

/// Changes the fleet's plan at a hub. pin: these nodes take no version of the zone above that one until it is
/// unpinned; what is higher there already stays. promote: nodes with a delay take what is published now at
/// once.
[[nodiscard]] ExitCode run_pin(Terminal& terminal, const Settings& settings, const PinOptions& options);

}  // namespace doors::ctl
