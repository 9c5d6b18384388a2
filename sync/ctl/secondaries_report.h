#pragma once

#include <vector>

#include "sync/ctl/report.h"
#include "sync/ctl/session.h"
#include "sync/ctl/table.h"

namespace doors::ctl {

/// The zones that doorsync takes by transfer, one message each; none if it takes none.
[[nodiscard]] Outcome<std::vector<ControlMessage>> ask_secondaries(Session& doorsync);
/// As a table: CONFIRMED how long ago, NEXT and EXPIRES in how long.
[[nodiscard]] Table secondaries_table(const std::vector<ControlMessage>& zones);
[[nodiscard]] Value secondaries_json(const std::vector<ControlMessage>& zones);

}  // namespace doors::ctl
