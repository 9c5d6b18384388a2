#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zones/base/expected.h"
#include "zones/dns/name.h"
#include "zones/dns/types.h"
#include "zones/load/zone_scanner.h"

namespace doors {

/// Why the RDATA of one record cannot be read; `line` is that of the word that is wrong.
struct RdataProblem {
  std::uint32_t line = 0;
  std::string message;
};

/// Reads the RDATA of one record from the words behind its type, in the type's own form or in RFC 3597 §5's
/// (`\# length hex`, for every type), and puts it into `out` in place of what was there: uncompressed, its
/// case kept, valid_rdata(). Relative names go below `origin`. The types without a row in rdata_format() are
/// left to ldns. Any thread.
[[nodiscard]] Expected<void, RdataProblem> parse_rdata(RRType type, std::span<const Token> words,
                                                       NameView origin, std::vector<std::byte>& out);

/// Seconds, or with units in any case and order ("1h30m", "1w2d"); nothing if it is neither or over 2^32-1.
[[nodiscard]] std::optional<std::uint32_t> parse_seconds(std::string_view text) noexcept;

}  // namespace doors
