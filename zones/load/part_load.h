#pragma once

#include <optional>
#include <string>
#include <vector>

#include "zones/load/text_parts.h"
#include "zones/load/zone_file.h"

namespace doors {

/// Loads zone text part by part, several at once where `options.run` has the threads: to the very content and
/// warnings that one ZoneLoader makes of all of it. What a part has to know of the lines before it (origin,
/// TTLs) is foreseen from the directives and checked when the parts are put together; one that assumed
/// wrongly is read again. Nothing: a line has an error, or the text cannot be cut: it has
/// to be read in one go, which finds the same errors in their order. `octets_left` is what $INCLUDE and
/// $GENERATE may still use.
[[nodiscard]] std::optional<Expected<LoadedZone, std::vector<Problem>>> load_in_parts(
    TextParts& text, const ZoneFileOptions& options, const std::string& file, std::uint64_t octets_left);

}  // namespace doors
