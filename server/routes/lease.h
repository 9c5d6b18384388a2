#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/routes/netlink.h"
#include "zones/base/error.h"
#include "zones/base/ip_address.h"

namespace doors {

/// A lease as the kernel holds it.
struct LeaseSeen {
  std::optional<std::chrono::seconds> left;  ///< nothing: it is permanent, so it was not made by doorkeeper
};

/// Lease addresses: a prefix is announced while its lease address sits on an interface that the BGP speaker
/// follows, and the kernel takes the address away when its lifetime (`valid_lft`) ends. So whatever happens
/// to our processes, an announcement ends at most one lease, and up to a second of the kernel's rounding,
/// after the last proof.
///
/// The addresses are made so that they do nothing else: no connected route (IFA_F_NOPREFIXROUTE), no
/// duplicate address detection (IFA_F_NODAD), link scope and deprecated from the start, so that no socket of
/// this machine chooses one as its source. One lease address per prefix per interface: when the first of two
/// IPv4 addresses of one subnet expires, the kernel deletes the second too.
///
/// Needs CAP_NET_ADMIN. Each call is one or two requests that the kernel answers at once. One thread.
class Leases {
 public:
  [[nodiscard]] static Result<Leases> open();

  /// Sets the address on the interface, or its lifetime anew; also when somebody has taken it away meanwhile.
  /// `lifetime` 1..86,400 s.
  [[nodiscard]] Result<void> renew(const std::string& interface, const IpPrefix& address,
                                   std::chrono::seconds lifetime);
  /// Takes the address away at once; fine when neither it nor the interface is there. True if it was there.
  [[nodiscard]] Result<bool> remove(const std::string& interface, const IpPrefix& address);
  /// What the kernel holds of it just now; nothing when the address or the interface is not there.
  [[nodiscard]] Result<std::optional<LeaseSeen>> read(const std::string& interface, const IpPrefix& address);
  /// All addresses that are on the interface just now; none when it is not there.
  [[nodiscard]] Result<std::vector<IpPrefix>> on(const std::string& interface);

 private:
  explicit Leases(Netlink netlink) noexcept : netlink_(std::move(netlink)) {}

  Netlink netlink_;
};

/// Interfaces that carry leases and no packets.
class LeaseInterfaces {
 public:
  [[nodiscard]] static Result<LeaseInterfaces> open();

  /// Sees to it that the interface is there and up. With `create`, makes a missing one: a `dummy`, or where
  /// the kernel has none an `ifb`, or a bridge without ports; and sets one that is down up. Without it, a
  /// missing or stopped interface is the error. True if it changed anything.
  [[nodiscard]] Result<bool> ensure(const std::string& interface, bool create);

 private:
  explicit LeaseInterfaces(Netlink netlink) noexcept : netlink_(std::move(netlink)) {}

  Netlink netlink_;
};

}  // namespace doors
