#include "server/xdp/settings.h"

#include <algorithm>
#include <bit>

#include <net/if.h>

#include "server/xdp/program.h"

namespace doors {

namespace {

constexpr std::size_t max_interfaces = 64;

XdpSettings::Mode mode_of(const std::string& word) noexcept {
  if (word == "native") return XdpSettings::Mode::native;
  return word == "generic" ? XdpSettings::Mode::generic : XdpSettings::Mode::automatic;
}

}  // namespace

ConfigResult<XdpSettings> read_xdp(Section section) {
  XdpSettings xdp;
  std::string mode = "auto";
  section.boolean("enabled", xdp.enabled)
      .strings("interface", xdp.interfaces)
      .number("queues", xdp.queues, {0, DOORS_XDP_MAX_QUEUES})
      .one_of("mode", mode, {"auto", "native", "generic"})
      .number("ring", xdp.ring, {64, 16384})
      .check(std::has_single_bit(xdp.ring), "ring", "must be a power of two")
      .check(xdp.interfaces.size() <= max_interfaces, "interface", "64 interfaces at most");
  xdp.mode = mode_of(mode);
  for (auto name = xdp.interfaces.begin(); name != xdp.interfaces.end(); ++name) {
    section.check(!name->empty() && name->size() < IFNAMSIZ, "interface",
                  "\"" + *name + "\" is no interface name");
    section.check(std::find(xdp.interfaces.begin(), name, *name) == name, "interface",
                  "\"" + *name + "\" stands there twice");
  }
  section
      .check(!xdp.enabled || xdp_is_built(), "enabled",
             "this doord was built without AF_XDP (WITH_XDP): set it to false, or install one that has it")
      .check(!xdp.enabled || !xdp.interfaces.empty(), "enabled",
             "needs `interface`, the names of the interfaces");
  return section.finish(std::move(xdp));
}

}  // namespace doors
