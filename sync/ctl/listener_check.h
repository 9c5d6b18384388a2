#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "sync/ctl/endpoint.h"
#include "zones/dns/name.h"

namespace doors::ctl {

/// Asks every UDP and TCP listener for the SOA of `zone` until each has given a well-formed response of any
/// rcode, or `deadline` has passed, or `stop` gives true. Error: the listener that stayed silent.
[[nodiscard]] Outcome<void> wait_until_answering(const std::vector<Endpoint>& udp,
                                                 const std::vector<Endpoint>& tcp, NameView zone,
                                                 std::chrono::steady_clock::time_point deadline,
                                                 const std::function<bool()>& stop);

}  // namespace doors::ctl
