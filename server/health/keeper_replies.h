#pragma once

#include <string>
#include <vector>

#include "server/health/keeper.h"
#include "server/health/keeper_config.h"
#include "server/health/speakers.h"
#include "zones/base/control_message.h"

namespace doors {

/// What doorkeeper tells on its control socket, from what is known now. doorkeeper.h lists the fields.
struct KeeperView {
  const KeeperConfig& config;
  const Keeper& keeper;
  std::vector<SpeakerReport> speakers;
};

[[nodiscard]] ControlMessage status_reply(const KeeperView& view, Monotonic now);
/// `leases`: what the kernel holds, a line each.
[[nodiscard]] ControlMessage why_reply(const KeeperView& view, std::vector<std::string> leases);
/// How far a drain is; `end` in place of `progress` once it is over.
[[nodiscard]] ControlMessage drain_reply(const Keeper& keeper, Monotonic now);
/// The changes, oldest first, and the `end` behind them.
[[nodiscard]] std::vector<ControlMessage> history_replies(const KeeperMemory& memory);

}  // namespace doors
