#pragma once

#include <string_view>

namespace doors {

/// Tells systemd a state ("READY=1", "STOPPING=1") by the socket it names in $NOTIFY_SOCKET, as sd_notify(3)
/// does; nothing without it. Never blocks, never fails: whoever started us may well not listen.
void tell_service_manager(std::string_view state) noexcept;

}  // namespace doors
