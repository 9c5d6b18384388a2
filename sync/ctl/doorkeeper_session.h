#pragma once

#include <string>

#include "sync/ctl/session.h"
#include "sync/ctl/settings.h"

namespace doors::ctl {

/// Connects to this PoP's doorkeeper. With `pop` not empty, only if that is its name: an order for one PoP
/// must not reach another.
[[nodiscard]] Outcome<Session> open_doorkeeper(const Settings& settings, const std::string& pop);

/// Who gives an order, for the log: the user behind sudo, else this one.
[[nodiscard]] std::string user_name();

}  // namespace doors::ctl
