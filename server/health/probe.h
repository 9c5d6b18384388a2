#pragma once

#include <chrono>
#include <functional>

#include "server/health/judge.h"
#include "zones/base/ip_address.h"
#include "zones/dns/query.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// One question to one service address.
struct Probe {
  ServiceAddress address;
  bool tcp = false;
  Question question;  ///< its id is chosen anew for each probe
  ExpectedIdentity identity;
  std::chrono::milliseconds timeout{200};
};

/// Asks it, once, from a socket of its own, so that successive probes meet different workers of a server that
/// spreads its load by source port. `done` is called exactly once, from `io`'s loop, within the timeout and
/// what the loop is late; a response that is read after the timeout counts as none, since it proves nothing
/// about now. Nothing here blocks or throws. Octets over UDP that are no answer to the question are passed
/// over, at most 16 of them.
void ask(boost::asio::io_context& io, const Probe& probe, std::function<void(ProbeReport)> done);

}  // namespace doors
