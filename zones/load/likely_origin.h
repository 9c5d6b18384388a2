#pragma once

#include <filesystem>
#include <optional>

#include "zones/dns/name.h"
#include "zones/load/zone_file.h"

namespace doors {

/// Which zone a file would be that load_zone_file() refuses, in lower case: by the options' origin, else by
/// the owner of its SOA, if the first 64 KiB have one, else by a file name that ends in ".zone", as also when
/// it cannot be read. Nothing if they do not tell.
[[nodiscard]] std::optional<Name> likely_origin(const std::filesystem::path& path,
                                                const ZoneFileOptions& options);

}  // namespace doors
