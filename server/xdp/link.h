#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace doors {

/// A network interface as it is now.
struct LinkState {
  unsigned index = 0;    ///< the kernel's number of it: another one if it went and came again
  bool running = false;  ///< up, and with a carrier
  std::uint32_t mtu = 0;
  std::uint32_t queues = 1;     ///< that it receives on
  bool takes_tags_off = false;  ///< VLAN tags are removed by hardware before a program sees the frame

  friend bool operator==(const LinkState&, const LinkState&) = default;
};

/// Looks at the interface of that name; nothing if there is none. A few system calls; any thread.
[[nodiscard]] std::optional<LinkState> look_at_link(const std::string& name);

}  // namespace doors
