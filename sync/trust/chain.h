#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sync/trust/version.h"

namespace doors {

/// What is known of a zone's newest version.
struct ChainHead {
  VersionNumber number;
  VersionHash hash{};
  friend bool operator==(const ChainHead&, const ChainHead&) noexcept = default;
};

/// How a version that is proved stands to the newest one known.
enum class Succession : std::uint8_t {
  first,   ///< nothing known yet
  next,    ///< seq + 1 and previous = the known one's hash
  ahead,   ///< newer, with versions between that this node has not seen
  same,    ///< the known one itself
  older,   ///< lower than the known one: a replay, never taken
  forked,  ///< equal number but another record, or seq + 1 that names another previous: two publishers, or a
           ///< lie
};
[[nodiscard]] std::string_view to_string(Succession succession) noexcept;

/// Judges by the numbers and hashes alone; signatures are proved before. A newer epoch starts a chain of its
/// own
/// (`ahead`). Any thread.
[[nodiscard]] Succession succession(const std::optional<ChainHead>& known, const Version& version,
                                    const VersionHash& hash) noexcept;

}  // namespace doors
