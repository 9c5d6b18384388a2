#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "sync/ctl/loaded_files.h"
#include "sync/ctl/settings.h"

namespace doors::ctl {

struct PushOptions {
  ZoneArguments zones;
  std::vector<std::string> force;                 ///< gates to override
  std::optional<std::chrono::milliseconds> wait;  ///< for receipts; nothing: as configured; 0: not at all
  bool canary = false;  ///< watch what is answered then, and roll back if that is bad; of a rollout: as far
                        ///< as its first wave
  std::vector<std::string> waves;      ///< selectors; empty: as configured
  std::optional<std::uint32_t> epoch;  ///< to start; nothing: that of the version before
  std::string comment;
  bool whole = false;    ///< the whole content, however small the difference
  bool verbose = false;  ///< every warning on stderr, however many
  bool json = false;
};

/// Walk 2 from its start to the receipts: reads and checks the files, compares with what the store holds,
/// signs, publishes, waits. All zones of a push are published or none. `done`: every live node serves every
/// zone, or nothing had changed; `partly`: published, but not all receipts came in time; `refused`, also when
/// the canary stopped it and it was rolled back; `unreachable`.
[[nodiscard]] ExitCode run_push(Terminal& terminal, const Settings& settings, const PushOptions& options);

/// Reads `--wait`: "all" or "canary" (as configured), "none", or a duration such as "90s".
[[nodiscard]] Outcome<std::optional<std::chrono::milliseconds>> parse_wait(std::string_view text);

}  // namespace doors::ctl
