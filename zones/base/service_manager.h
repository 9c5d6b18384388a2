#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace doors {

/// Tells the service manager what this process is doing, by one datagram to the socket named by
/// $NOTIFY_SOCKET (sd_notify(3): "READY=1", "RELOADING=1\nMONOTONIC_USEC=…", "STOPPING=1"). Nothing happens
/// without one; what fails is not told, as nobody is there to be told. Any thread.
void tell_service_manager(std::string_view state) noexcept;

/// The same for a reload that begins now, with the time that systemd wants beside it.
void tell_service_manager_reloading() noexcept;

/// How long the service manager waits for a "WATCHDOG=1" before it takes this process for hung
/// ($WATCHDOG_USEC, if $WATCHDOG_PID is not another's); nothing when it does not watch.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_patience() noexcept;

}  // namespace doors
