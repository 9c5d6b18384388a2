#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "zones/image/zone_set.h"

namespace doors {

/// Who this node says it is, octet for octet as it goes into responses; each at most 255 octets, empty = not
/// told.
struct Identity {
  std::string nsid;           ///< NSID option, when asked for (RFC 5001)
  std::string id_server;      ///< id.server. CH TXT (RFC 4892)
  std::string hostname_bind;  ///< hostname.bind. CH TXT
  std::string version;        ///< version.server. and version.bind. CH TXT
};

/// Limits of responses.
struct Limits {
  std::uint16_t max_udp =
      1232;  ///< octets, 512..4096: the largest response over UDP, and the payload we announce
  /// Positive answers without the zone's NS RRset and without addresses nobody needs.
  bool minimal = false;
};

/// All that answers are made from. Immutable once made; shared by the workers, each of which swaps a pointer
/// to the next one between batches.
struct Snapshot {
  std::shared_ptr<const ZoneSet> zones;  ///< never null where a worker sees it
  Identity identity;
  Limits limits;
};

}  // namespace doors
