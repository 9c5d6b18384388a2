#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "zones/base/octets.h"

namespace doors::test {

using Message = std::vector<std::byte>;

/// A port of 127.0.0.1 that is free for UDP and TCP just now. Throws if there is none.
std::uint16_t free_port();

/// Sends all queries to a port of 127.0.0.1 and gives the reply to each, an empty one where none came. Many
/// are in flight at once; each query's ID is set to its place here, so there may be 65,536 at most. What is
/// not answered within half a second is sent again, four times. Any thread.
std::vector<Message> ask_all_over_udp(std::uint16_t port, std::vector<Message> queries);
/// The same over TCP, pipelined on one connection, and on a new one when that was closed.
std::vector<Message> ask_all_over_tcp(std::uint16_t port, std::vector<Message> queries);

}  // namespace doors::test
