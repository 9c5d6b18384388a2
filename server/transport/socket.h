#pragma once

#include <cstddef>
#include <vector>

#include "server/transport/endpoint.h"
#include "zones/base/error.h"
#include "zones/base/file.h"

namespace doors {

enum class Protocol : std::uint8_t { udp, tcp };

/// One address, open for every worker: sockets of one SO_REUSEPORT group, one per worker, non-blocking, TCP
/// ones listening. The kernel spreads clients over them by a hash of addresses and ports.
struct SocketGroup {
  Endpoint endpoint;  ///< as bound: port 0 is resolved
  Protocol protocol = Protocol::udp;
  std::vector<UniqueFd> sockets;
};

/// Opens the group. The address need not exist on this machine yet (IP_FREEBIND). Error: names the address;
/// an address on which another process is bound already is an error, never shared with it by accident, unless
/// `beside_ours` says that a socket of this very process is bound there: a wildcard address beside a single
/// one.
///
/// What the sockets are told, and why:
///   no path-MTU discovery by ICMP (IP_PMTUDISC_OMIT, IPV6_MTU 1280): in an anycast the ICMP error may reach
///   another
///     PoP; TCP segments of at most 1220 octets for the same reason
///   IPV6_V6ONLY: each family has its own socket
///   large UDP buffers: a burst waits instead of being lost; small TCP ones: a peer that never reads costs
///   little no TCP_DEFER_ACCEPT: silent connections would pile up in the SYN queue, where they cannot be
///   evicted
[[nodiscard]] Result<SocketGroup> open_sockets(Protocol protocol, const Endpoint& endpoint,
                                               std::size_t workers, bool beside_ours = false);

}  // namespace doors
