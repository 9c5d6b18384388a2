#pragma once

#include <string>
#include <vector>

#include "sync/ctl/session.h"
#include "sync/ctl/settings.h"
#include "sync/ctl/terminal.h"
#include "sync/trust/keys.h"
#include "sync/trust/policy.h"

namespace doors::ctl {

struct CheckpointOptions {
  bool json = false;
};

/// Signs which version of each of the publisher's zones is the newest, and publishes that.
[[nodiscard]] ExitCode run_checkpoint(Terminal& terminal, const Settings& settings,
                                      const CheckpointOptions& options);

/// The keys that doorsync takes versions from.
[[nodiscard]] Outcome<std::vector<Publisher>> ask_publishers(Session& doorsync);
/// The publisher of that key; null if doorsync does not take versions from it.
[[nodiscard]] const Publisher* find_publisher(const std::vector<Publisher>& publishers, const KeyId& id);
/// Signs and publishes a checkpoint of the zones that `key` may publish; gives how many there are.
[[nodiscard]] Outcome<std::uint64_t> publish_checkpoint(Session& doorsync, const Publisher& publisher,
                                                        const PrivateKey& key);

}  // namespace doors::ctl
