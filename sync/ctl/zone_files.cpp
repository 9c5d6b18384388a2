#include "sync/ctl/zone_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zones/base/ascii.h"
#include "zones/base/file.h"

namespace doors::ctl {
namespace {

constexpr std::size_t looked_at_octets = 64 * 1024;

bool ends_with_ignoring_case(std::string_view text, std::string_view end) noexcept {
  return text.size() >= end.size() && equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

ZoneFile zone_file(std::filesystem::path path, const struct stat& about) {
  return {.path = std::move(path),
          .octets = static_cast<std::uint64_t>(about.st_size),
          .changed_ns = std::int64_t{about.st_mtim.tv_sec} * 1'000'000'000 + about.st_mtim.tv_nsec,
          .inode = about.st_ino};
}

bool holds_zone_text(const std::filesystem::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return true;  // named as unreadable when it is loaded, rather than passed over
  std::string start(looked_at_octets, '\0');
  const ssize_t got = ::pread(fd.get(), start.data(), start.size(), 0);
  return got < 0 || looks_like_zone_text(std::string_view(start).substr(0, static_cast<std::size_t>(got)));
}

/// Adds the zone files of one directory.
Outcome<void> add_directory(const std::filesystem::path& directory, ZoneFiles& found) {
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  std::vector<std::filesystem::path> paths;
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    paths.push_back(entries->path());
  }
  if (error) return refused("cannot read directory " + directory.string() + ": " + error.message());
  std::sort(paths.begin(), paths.end());
  for (std::filesystem::path& path : paths) {
    const NameSays says = name_says(path.filename().native());
    struct stat about {};
    if (says == NameSays::never || ::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
    if (says == NameSays::zone || holds_zone_text(path)) {
      found.files.push_back(zone_file(std::move(path), about));
    } else {
      found.skipped.push_back(std::move(path));
    }
  }
  return {};
}

}  // namespace

NameSays name_says(std::string_view file_name) noexcept {
  if (file_name.empty() || file_name.front() == '.' || file_name.front() == '#' || file_name.back() == '~') {
    return NameSays::never;
  }
  for (const std::string_view end : {".zone", ".db"}) {
    if (ends_with_ignoring_case(file_name, end)) return NameSays::zone;
  }
  for (const std::string_view end : {".bak", ".swp", ".orig", ".rej", ".tmp", ".jnl", ".dpkg-old",
                                     ".dpkg-new", ".dpkg-dist", ".rpmsave", ".rpmnew"}) {
    if (ends_with_ignoring_case(file_name, end)) return NameSays::never;
  }
  return NameSays::look_inside;
}

bool looks_like_zone_text(std::string_view start) noexcept {
  while (!start.empty()) {
    std::string_view line = start.substr(0, start.find('\n'));
    start.remove_prefix(std::min(line.size() + 1, start.size()));
    line = line.substr(0, line.find(';'));
    for (const std::string_view directive : {"$ORIGIN", "$TTL", "$INCLUDE", "$GENERATE"}) {
      if (equal_ignoring_case(line.substr(0, directive.size()), directive)) return true;
    }
    // OWNER TTL CLASS SOA is the longest way to it; deeper in a line it is prose.
    for (int field = 0; field < 4 && !line.empty(); ++field) {
      line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
      const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
      line.remove_prefix(word.size());
      if (equal_ignoring_case(word, "SOA") || equal_ignoring_case(word, "TYPE6")) return true;
    }
  }
  return false;
}

Outcome<ZoneFiles> find_zone_files(const std::vector<std::filesystem::path>& arguments) {
  ZoneFiles found;
  for (const std::filesystem::path& argument : arguments) {
    struct stat about {};
    if (::stat(argument.c_str(), &about) != 0) {
      return refused("cannot read " + argument.string() + ": " + std::generic_category().message(errno));
    }
    if (S_ISDIR(about.st_mode)) {
      if (Outcome<void> added = add_directory(argument, found); !added) return Unexpected(added.error());
    } else {
      found.files.push_back(zone_file(argument, about));
    }
  }
  std::set<std::filesystem::path> seen;
  std::erase_if(found.files,
                [&](const ZoneFile& file) { return !seen.insert(file.path.lexically_normal()).second; });
  return found;
}

}  // namespace doors::ctl
