#include "server/xdp/link.h"

#include <algorithm>
#include <cstring>

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "zones/base/file.h"

namespace doors {

namespace {

ifreq request_for(const std::string& name) noexcept {
  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), std::min(name.size(), sizeof request.ifr_name - 1));
  return request;
}

/// Asks the driver; `question` is one of ethtool's structures, with its command. False if it does not know.
template <class Question>
bool ask_driver(int fd, const std::string& name, Question& question) noexcept {
  ifreq request = request_for(name);
  request.ifr_data = reinterpret_cast<char*>(&question);
  return ::ioctl(fd, SIOCETHTOOL, &request) == 0;
}

}  // namespace

std::optional<LinkState> look_at_link(const std::string& name) {
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  LinkState link;
  link.index = ::if_nametoindex(name.c_str());
  ifreq flags = request_for(name);
  ifreq mtu = request_for(name);
  if (link.index == 0 || ::ioctl(fd.get(), SIOCGIFFLAGS, &flags) != 0 ||
      ::ioctl(fd.get(), SIOCGIFMTU, &mtu) != 0) {
    return std::nullopt;
  }
  const auto wanted = IFF_UP | IFF_RUNNING;
  link.running = (flags.ifr_flags & wanted) == wanted;
  link.mtu = static_cast<std::uint32_t>(std::max(mtu.ifr_mtu, 0));
  ethtool_channels channels{};
  channels.cmd = ETHTOOL_GCHANNELS;
  if (ask_driver(fd.get(), name, channels)) {
    link.queues = std::max({channels.combined_count + channels.rx_count, 1u});
  }
  ethtool_value features{};
  features.cmd = ETHTOOL_GFLAGS;
  link.takes_tags_off = ask_driver(fd.get(), name, features) && (features.data & ETH_FLAG_RXVLAN) != 0;
  return link;
}

}  // namespace doors
