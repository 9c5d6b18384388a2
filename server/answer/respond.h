#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "server/answer/client.h"
#include "server/answer/snapshot.h"
#include "zones/base/octets.h"
#include "zones/dns/types.h"

namespace doors {

/// Answers one DNS message.
///   query     as received: 0..65535 octets, unchecked
///   snapshot  what to answer from; borrowed for this call
///   client    source and transport; over UDP the size is min(client's, ours), over TCP 65,535
///   now       when
///   out       where the response goes; at least 512 octets, apart from `query`; its size is one more limit
/// Gives the octets written; 0 when the right reply is silence (short header, QR set).
/// A bad query is no error here: it becomes FORMERR, NOTIMP, BADVERS or REFUSED.
/// Never throws, allocates, locks, logs or reads a clock. Any thread.
/// RFC 1034 §4.3.2 with RFC 4592 (wildcards), 6672 (DNAME), 4035 §3.1 (DNSSEC), 5155 §7.2 (NSEC3), 6891
/// (EDNS).
std::size_t respond(Octets query, const Snapshot& snapshot, const Client& client, Now now,
                    MutableOctets out) noexcept;

/// One message of a batch: what respond() takes, and what it gives.
struct BatchItem {
  Octets query;
  Client client;
  MutableOctets out;
  std::size_t size = 0;          ///< result: octets of the response, 0 = silence
  Rcode rcode = Rcode::noerror;  ///< result, with OPT's upper bits: for counters; means nothing if size is 0
  std::size_t limit = 0;         ///< result: octets that the response may have
  /// Result: what it deserves depends on who asks (TSIG, NOTIFY, AXFR, IXFR). The response is a stranger's:
  /// REFUSED, or NOTAUTH under a TSIG record; server/transfer/exchange.h makes it the asker's.
  bool depends_on_asker = false;
};

/// Answers many, step by step for all of them, so that the memory each look-up needs is on its way while the
/// others are worked on. The same answers as respond() for each.
void respond_batch(std::span<BatchItem> batch, const Snapshot& snapshot, Now now) noexcept;

}  // namespace doors
