#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "zones/base/config.h"

namespace doors {

/// [xdp]: the interfaces whose queries are answered past the kernel's network code.
struct XdpSettings {
  enum class Mode : std::uint8_t {
    automatic,  ///< native where the driver has it, else generic
    native,     ///< in the driver, or not at all
    generic,    ///< in the kernel's network code, on any interface; for trying it out
  };

  bool enabled = false;
  std::vector<std::string> interfaces;
  std::uint16_t queues = 0;  ///< of each interface, 0..256; 0 = all. Other queues stay with the kernel
  Mode mode = Mode::automatic;
  std::uint32_t ring =
      2048;  ///< frames that may wait in each direction of a queue; a power of two, 64..16384

  friend bool operator==(const XdpSettings&, const XdpSettings&) = default;
};

/// Whether this doord was built with it.
[[nodiscard]] bool xdp_is_built() noexcept;

/// Reads `[xdp]`: enabled, interface, queues, mode, ring.
[[nodiscard]] ConfigResult<XdpSettings> read_xdp(Section section);

}  // namespace doors
