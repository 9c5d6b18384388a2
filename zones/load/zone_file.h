#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/expected.h"
#include "zones/base/parallel.h"
#include "zones/content/content.h"
#include "zones/dns/name.h"
#include "zones/load/problem.h"

namespace doors {

struct ZoneFileOptions {
  /// The zone's origin. Else: the owner of the SOA, a relative one under the `$ORIGIN` before it; else,
  /// without any
  /// `$ORIGIN`, the file's name without `.zone`.
  std::optional<Name> origin;
  std::uint64_t max_octets = std::uint64_t{8} << 30;  ///< of all files together, and of what $GENERATE makes
  std::size_t max_generated = 5'000'000;              ///< records that all $GENERATE together may make
  bool allow_include = true;                          ///< $INCLUDE; off for text of strangers
  std::atomic<std::uint64_t>* octets_read = nullptr;  ///< counts up while files are read; may be null
  RunPieces run = run_in_turn;                        ///< who does the pieces of a large zone at once
  std::size_t part_octets = std::size_t{1} << 20;     ///< text that is read as one piece; 0: all of it
};

struct LoadedZone {
  Content content;
  std::vector<Problem>
      warnings;  ///< of the text and of the zone, 100 each at most and a line that counts the rest
};

/// Reads a zone file (RFC 1035 §5, RFC 2308 §4 $TTL, RFC 3597 §5, BIND's $GENERATE) and what it includes, and
/// makes its content if it can be served: every error is of the gate `syntax`, with file, line and owner name
/// where there is one; at most 20, because after one bad line the next is read. Reads in blocks: the memory
/// goes into the content, not the text. Any thread.
[[nodiscard]] Expected<LoadedZone, std::vector<Problem>> load_zone_file(const std::filesystem::path& path,
                                                                        const ZoneFileOptions& options);
/// The same from memory; `file` is for messages, for the origin, and for where $INCLUDE looks.
[[nodiscard]] Expected<LoadedZone, std::vector<Problem>> load_zone_text(std::string_view text,
                                                                        std::string file,
                                                                        const ZoneFileOptions& options);

}  // namespace doors
