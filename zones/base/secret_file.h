#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "zones/base/error.h"

namespace doors {

/// The secrets in a file, one on a line: the first word of each, but for empty lines and comments ("#"). The
/// file has at most 4096 octets.
[[nodiscard]] Result<std::vector<std::string>> read_secret_file(const std::filesystem::path& path);

}  // namespace doors
