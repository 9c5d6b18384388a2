#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "zones/content/content.h"

namespace doors {

/// ZONEMD hash algorithms (RFC 8976 §5.3).
enum class ZonemdAlgorithm : std::uint8_t { sha384 = 1, sha512 = 2 };

/// The digest of a zone by the scheme SIMPLE (RFC 8976 §3.3): over every record in canonical order but the
/// apex ZONEMD RRset and its signatures; hidden records and glue count. Any thread; throws std::bad_alloc
/// only.
[[nodiscard]] std::vector<std::byte> zonemd_digest(const Content& content, ZonemdAlgorithm algorithm);

}  // namespace doors
