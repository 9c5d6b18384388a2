#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sync/fleet/selector.h"
#include "sync/trust/version.h"
#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/dns/name.h"

namespace doors {

/// What a node says of itself in the store, under its lease, so that it goes when the node does:
///
///     node/POP/NODE  ->  a ControlMessage `node`
///
/// pop, node, started (seconds since 1970), revision, zones; and where there is something to say: group and
/// label (repeated), delay_ms, lost (why its doord is not there), held, failed, up to 32 `bad`: "ZONE EPOCH
/// SEQ REASON", and against: "ROLLOUT REASON". It is as large for a million zones as for one: `revision` is
/// that up to which all that the store holds has been settled there: served, held back on purpose, or failed.
/// Fields that are not known are passed over.
struct NodeRecord {
  static constexpr std::string_view prefix = "node/";
  static constexpr std::size_t most_bad = 32;

  struct Bad {
    Name zone;
    VersionNumber number;
    std::string reason;
  };
  std::string pop;
  std::string node;
  std::vector<std::string> groups;
  std::vector<std::string> labels;
  std::chrono::milliseconds delay{0};
  std::uint64_t started = 0;
  std::string lost;            ///< why its doord is not there; empty: it is
  std::uint64_t revision = 0;  ///< SettledRevision
  std::uint64_t zones = 0;
  std::uint64_t failed = 0;  ///< zones that are not served; `bad` has some of them
  std::vector<Bad> bad;
  std::uint64_t held = 0;     ///< zones of which a newer version is held back
  std::uint32_t against = 0;  ///< the rollout that this node speaks against, 0: none
  std::string why_against;

  [[nodiscard]] FleetNode who() const { return {pop, node, groups, labels}; }
  [[nodiscard]] std::string key() const;
  /// Cuts long reasons, so that it always fits.
  [[nodiscard]] std::vector<std::byte> encode() const;
  /// Error: no such message, or it lies under another key than its own.
  [[nodiscard]] static Result<NodeRecord> decode(std::string_view key, Octets octets);
};

}  // namespace doors
