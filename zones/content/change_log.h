#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/content/delta.h"
#include "zones/dns/serial.h"

namespace doors {

/// The last changes that led to one version of a zone: what an incremental transfer (RFC 1995) from one of
/// the versions before it needs. It lies beside the version's image, is optional at every moment, and
/// bounded: older steps fall off.
///
///     "DOORLOG1" | SHA-256 of the rest | { from u32 | to u32 | length u64 | delta stream }*
///
/// Oldest first; each step begins at the serial that the one before it ends at. One thread, or many that
/// read.
class ChangeLog {
 public:
  static constexpr std::size_t max_octets = std::size_t{256} << 10;
  static constexpr std::size_t max_steps = 1000;

  /// An empty one.
  ChangeLog() = default;
  /// Reads a file's octets. Error: damaged.
  [[nodiscard]] static Result<ChangeLog> parse(Octets file);
  [[nodiscard]] std::vector<std::byte> octets() const;

  /// One step more. One that does not go on from the last begins the log anew.
  void add(const Delta& delta);
  [[nodiscard]] bool empty() const noexcept { return steps_.empty(); }
  /// The steps from that serial to the version, in their order; none if it does not reach back so far.
  [[nodiscard]] std::vector<Delta> since(Serial from) const;

 private:
  struct Step {
    Serial from;
    Serial to;
    std::vector<std::byte> stream;
  };
  static constexpr std::size_t step_header = 16;
  std::deque<Step> steps_;
  std::size_t octets_ = 0;  // of all steps, with their headers
};

}  // namespace doors
