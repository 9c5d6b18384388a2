#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "zones/base/error.h"
#include "zones/dns/query.h"

namespace doors::asker {

/// An address and port as the socket calls take them.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};
/// "192.0.2.1:53" or "[2001:db8::1]:53"; the port may be left out and is `port` then.
[[nodiscard]] Result<Endpoint> parse_endpoint(const std::string& text, std::uint16_t port);

/// What to ask whom, and how fast.
struct Plan {
  Endpoint server;
  Endpoint source;                  ///< size 0: the kernel chooses
  std::vector<Question> questions;  ///< asked in turn, again and again; at least one
  double rate = 200;                ///< queries a second, 1..200,000; open loop: never waits for an answer
  std::uint64_t count = 0;          ///< queries in all, 1..20,000,000
  std::chrono::milliseconds timeout{2000};  ///< later is lost
  unsigned sockets = 16;                    ///< UDP sockets or TCP connections, 1..1024, taken in turn
  bool tcp = false;  ///< connections are kept and pipelined; a closed one is opened again
};

/// One query and what became of it. Times are CLOCK_MONOTONIC nanoseconds, so they compare with those of
/// other processes on this machine.
struct Record {
  std::int64_t sent_ns = 0;
  std::int64_t answered_ns = 0;  ///< 0: no answer (in time)
  std::uint64_t hash = 0;        ///< of the response without its ID: equal answers, equal hashes
  std::uint32_t serial = 0;      ///< of the first SOA in the answer section; 0 without
  std::uint16_t rcode = 0;
  std::uint16_t nsid = 0;  ///< index into Outcome::nsids; 0 is "none"
  std::uint16_t octets = 0;
  bool truncated = false;
};

/// What was seen.
struct Outcome {
  std::vector<Record> records;  ///< in the order of sending; query i asked questions[i % questions.size()]
  std::vector<std::string> nsids{""};  ///< as octets
  std::uint64_t late = 0;              ///< answered after the timeout: counted as lost
  std::uint64_t duplicates = 0;
  std::uint64_t malformed = 0;    ///< no DNS response, or not to what was asked
  std::uint64_t send_errors = 0;  ///< queries that the kernel did not take; they count as sent, and lost
  std::uint64_t reconnects = 0;   ///< TCP connections opened after the first ones
};

/// Asks. Ends when all is sent and answered or timed out; `stop` set from outside (a signal) ends the
/// sending. One thread. Error: a socket cannot be made.
[[nodiscard]] Result<Outcome> run(const Plan& plan, const std::atomic<bool>& stop);

}  // namespace doors::asker
