#pragma once

#include <csignal>
#include <cstdint>
#include <string>

#include <netinet/in.h>

#include "bench/tools/questions_file.h"
#include "bench/tools/tally.h"

namespace doors::bench {

struct LoadPlan {
  sockaddr_in to{};
  double seconds = 5;
  double rate = 0;             ///< questions a second, evenly; 0 = as many as come back
  unsigned sockets = 8;        ///< UDP sockets or TCP connections
  unsigned outstanding = 128;  ///< questions open at once, all sockets
  double patience = 1;         ///< seconds after which a question is lost
};

/// Set by a signal: what goes over UDP ends early, and what was seen is told.
extern volatile std::sig_atomic_t told_to_stop;

/// Keeps `outstanding` questions open.
Tally load_udp(const LoadPlan& plan, const Questions& questions);
/// Sends each question when it is due; latency counts from then.
Tally load_udp_at_rate(const LoadPlan& plan, const Questions& questions);
/// The same as load_udp() over connections that stay.
Tally load_tcp(const LoadPlan& plan, const Questions& questions);
/// One connection a question, `sockets` at once.
Tally load_tcp_each(const LoadPlan& plan, const Questions& questions);

}  // namespace doors::bench
