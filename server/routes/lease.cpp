#include "server/routes/lease.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string_view>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace doors {

namespace {

/// The fixed part of an address request. IPv6 knows no scope but the address's own.
ifaddrmsg address_part(const IpPrefix& address, unsigned index) noexcept {
  ifaddrmsg part{};
  part.ifa_family = address.address.is_v6() ? AF_INET6 : AF_INET;
  part.ifa_prefixlen = address.length;
  part.ifa_scope = address.address.is_v6() ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  part.ifa_index = index;
  return part;
}

std::string what_of(const char* verb, const IpPrefix& address, const std::string& interface) {
  return std::string("cannot ") + verb + " " + address.to_string() + " on " + interface;
}

}  // namespace

Result<Leases> Leases::open() {
  auto netlink = Netlink::open();
  if (!netlink) return Unexpected(netlink.error());
  return Leases(std::move(*netlink));
}

Result<void> Leases::renew(const std::string& interface, const IpPrefix& address,
                           std::chrono::seconds lifetime) {
  const std::string what = what_of("set", address, interface);
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) return failure(what + ": no such interface");
  NetlinkRequest request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
  request.fixed(address_part(address, index));
  request.attribute(IFA_LOCAL, address.address.octets());
  request.attribute(IFA_ADDRESS, address.address.octets());
  request.attribute(IFA_FLAGS, std::uint32_t{IFA_F_NOPREFIXROUTE} |
                                   (address.address.is_v6() ? std::uint32_t{IFA_F_NODAD} : 0u));
  ifa_cacheinfo lifetimes{};
  lifetimes.ifa_valid = static_cast<std::uint32_t>(lifetime.count());
  lifetimes.ifa_prefered = 0;  // deprecated: never chosen as a source address
  request.attribute(IFA_CACHEINFO, std::as_bytes(std::span(&lifetimes, 1)));
  if (auto done = netlink_.ask(request, what); !done) return failure(done.error().message);
  return {};
}

Result<bool> Leases::remove(const std::string& interface, const IpPrefix& address) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) return false;
  NetlinkRequest request(RTM_DELADDR, 0);
  request.fixed(address_part(address, index));
  request.attribute(IFA_LOCAL, address.address.octets());
  auto done = netlink_.ask(request, what_of("remove", address, interface));
  if (done) return true;
  if (done.error().number == EADDRNOTAVAIL || done.error().number == ENODEV) return false;
  return failure(done.error().message);
}

Result<std::optional<LeaseSeen>> Leases::read(const std::string& interface, const IpPrefix& address) {
  std::optional<LeaseSeen> seen;
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) return seen;
  NetlinkRequest request(RTM_GETADDR, 0);
  request.fixed(address_part(address, index));
  auto done = netlink_.dump(request, what_of("read", address, interface), [&](const NetlinkMessage& message) {
    const auto part = message.fixed<ifaddrmsg>();
    if (message.type != RTM_NEWADDR || part.ifa_index != index || part.ifa_prefixlen != address.length)
      return;
    bool same = false;
    LeaseSeen found;
    message.attributes(sizeof part, [&](std::uint16_t type, Octets value) {
      if (type == IFA_ADDRESS) same = std::ranges::equal(value, address.address.octets());
      if (type != IFA_CACHEINFO || value.size() < sizeof(ifa_cacheinfo)) return;
      ifa_cacheinfo lifetimes{};
      std::memcpy(&lifetimes, value.data(), sizeof lifetimes);
      if (lifetimes.ifa_valid != std::numeric_limits<std::uint32_t>::max()) {
        found.left = std::chrono::seconds(lifetimes.ifa_valid);
      }
    });
    if (same) seen = found;
  });
  if (!done) return failure(done.error().message);
  return seen;
}

Result<std::vector<IpPrefix>> Leases::on(const std::string& interface) {
  std::vector<IpPrefix> addresses;
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) return addresses;
  NetlinkRequest request(RTM_GETADDR, 0);
  request.fixed(ifaddrmsg{});  // of both families
  auto done =
      netlink_.dump(request, "cannot read the addresses of " + interface, [&](const NetlinkMessage& message) {
        const auto part = message.fixed<ifaddrmsg>();
        if (message.type != RTM_NEWADDR || part.ifa_index != index) return;
        message.attributes(sizeof part, [&](std::uint16_t type, Octets value) {
          const std::size_t size = part.ifa_family == AF_INET6 ? 16 : 4;
          if (type == IFA_ADDRESS && value.size() == size)
            addresses.push_back({IpAddress(value), part.ifa_prefixlen});
        });
      });
  if (!done) return failure(done.error().message);
  return addresses;
}

Result<LeaseInterfaces> LeaseInterfaces::open() {
  auto netlink = Netlink::open();
  if (!netlink) return Unexpected(netlink.error());
  return LeaseInterfaces(std::move(*netlink));
}

Result<bool> LeaseInterfaces::ensure(const std::string& interface, bool create) {
  static constexpr std::array<std::string_view, 3> kinds{"dummy", "ifb", "bridge"};
  bool changed = false;
  if (::if_nametoindex(interface.c_str()) == 0) {
    if (!create) {
      return failure("interface " + interface +
                     " is not there; create it (deploy/bgp/README.md) or set create = true");
    }
    NetlinkError last;
    for (const std::string_view kind : kinds) {
      NetlinkRequest request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
      request.fixed(ifinfomsg{});
      request.attribute(IFLA_IFNAME, interface);
      const std::size_t info = request.begin_nested(IFLA_LINKINFO);
      request.attribute(IFLA_INFO_KIND, kind);
      request.end_nested(info);
      auto made = netlink_.ask(request, "cannot create interface " + interface);
      if (made || made.error().number == EEXIST) {
        changed = true;
        break;
      }
      last = made.error();
      if (last.number == EPERM) break;  // no other kind would do better
    }
    if (!changed) return failure(last.message);
  }

  ifreq flags{};
  std::strncpy(flags.ifr_name, interface.c_str(), IFNAMSIZ - 1);
  const UniqueFd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::ioctl(any.get(), SIOCGIFFLAGS, &flags) != 0)
    return system_failure("cannot read interface " + interface, errno);
  if ((flags.ifr_flags & IFF_UP) != 0) return changed;
  if (!create)
    return failure("interface " + interface + " is down; set it up (ip link set " + interface + " up)");
  NetlinkRequest request(RTM_NEWLINK, 0);
  ifinfomsg part{};
  part.ifi_index = static_cast<int>(::if_nametoindex(interface.c_str()));
  part.ifi_flags = IFF_UP;
  part.ifi_change = IFF_UP;
  request.fixed(part);
  if (auto up = netlink_.ask(request, "cannot set interface " + interface + " up"); !up) {
    return failure(up.error().message);
  }
  return true;
}

}  // namespace doors
