#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sync/ctl/outcome.h"

namespace doors::ctl {

/// One zone file found on the command line or in a directory of it.
struct ZoneFile {
  std::filesystem::path path;
  std::uint64_t octets = 0;
  std::int64_t changed_ns =
      0;  ///< time of its last change, in ns since the epoch; with `octets` and `inode` tells
  std::uint64_t inode = 0;  ///< whether it may have changed since it was read
  friend bool operator==(const ZoneFile&, const ZoneFile&) = default;
};

/// What the arguments FILE|DIR... mean: each file once, sorted by path inside each directory.
struct ZoneFiles {
  std::vector<ZoneFile> files;
  std::vector<std::filesystem::path> skipped;  ///< files of a directory that look like something else
};

/// A file named as an argument always counts. Of a directory (its sub-folders are not entered, symbolic links
/// are followed) count the regular files whose name ends in ".zone" or ".db", and those of any other name
/// that hold zone text by looks_like_zone_text(); never hidden files and editors' backups. Error: an argument
/// that is not there or cannot be read.
[[nodiscard]] Outcome<ZoneFiles> find_zone_files(const std::vector<std::filesystem::path>& arguments);

enum class NameSays : std::uint8_t { zone, never, look_inside };
/// What the name of a file in a directory says about it. Pure.
[[nodiscard]] NameSays name_says(std::string_view file_name) noexcept;

/// True if the start of a file holds a SOA record or a line with $ORIGIN, $TTL, $INCLUDE or $GENERATE. Pure.
[[nodiscard]] bool looks_like_zone_text(std::string_view start) noexcept;

}  // namespace doors::ctl
