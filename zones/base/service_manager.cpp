#include "zones/base/service_manager.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "zones/base/file.h"

namespace doors {

void tell_service_manager(std::string_view state) noexcept {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  const std::size_t length = path != nullptr ? std::strlen(path) : 0;
  if (length < 2 || length >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // the abstract name space
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  static_cast<void>(::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&address), size));
}

void tell_service_manager_reloading() noexcept {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
  std::array<char, 64> state{};
  const int size = std::snprintf(state.data(), state.size(), "RELOADING=1\nMONOTONIC_USEC=%lld",
                                 static_cast<long long>(now.count()));
  if (size > 0) tell_service_manager({state.data(), static_cast<std::size_t>(size)});
}

std::optional<std::chrono::microseconds> watchdog_patience() noexcept {
  const auto number = [](const char* name) -> std::optional<long long> {
    const char* text = std::getenv(name);
    if (text == nullptr) return std::nullopt;
    long long value = 0;
    const auto [end, problem] = std::from_chars(text, text + std::strlen(text), value);
    if (problem != std::errc{} || *end != '\0') return std::nullopt;
    return value;
  };
  const auto patience = number("WATCHDOG_USEC");
  if (!patience || *patience < 1000) return std::nullopt;
  if (const auto pid = number("WATCHDOG_PID"); pid && *pid != ::getpid()) return std::nullopt;
  return std::chrono::microseconds(*patience);
}

}  // namespace doors
