#include "zones/load/zone_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "zones/load/part_load.h"
#include "zones/load/zone_loader.h"

namespace doors {

namespace {

UniqueFd open_text(const std::filesystem::path& path) noexcept {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

/// Whether it is worth more than one part.
bool is_long(std::uint64_t octets, const ZoneFileOptions& options) noexcept {
  return options.part_octets != 0 && octets / 4 >= options.part_octets;
}

}  // namespace

Expected<LoadedZone, std::vector<Problem>> load_zone_file(const std::filesystem::path& path,
                                                          const ZoneFileOptions& options) {
  UniqueFd fd = open_text(path);
  if (!fd) {
    Problem problem;
    problem.file = path.string();
    problem.message = std::string("cannot open: ") + std::strerror(errno);
    return Unexpected(std::vector<Problem>{std::move(problem)});
  }
  std::uint64_t octets_left = options.max_octets;
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode)) {
    const auto octets = static_cast<std::uint64_t>(status.st_size);
    if (is_long(octets, options) && octets <= octets_left) {
      TextParts parts(fd.get(), octets, options.part_octets);
      if (auto zone = load_in_parts(parts, options, path.string(), octets_left - octets))
        return *std::move(zone);
    }
  }
  ZoneScanner scanner(std::move(fd), octets_left, options.octets_read);
  ZoneLoader loader(options, path.string(), octets_left);
  loader.read(scanner);
  return loader.finish();
}

Expected<LoadedZone, std::vector<Problem>> load_zone_text(std::string_view text, std::string file,
                                                          const ZoneFileOptions& options) {
  std::uint64_t octets_left = options.max_octets > text.size() ? options.max_octets - text.size() : 0;
  if (is_long(text.size(), options)) {
    TextParts parts(text, options.part_octets);
    if (auto zone = load_in_parts(parts, options, file, octets_left)) return *std::move(zone);
  }
  ZoneScanner scanner(text);
  ZoneLoader loader(options, std::move(file), octets_left);
  loader.read(scanner);
  return loader.finish();
}

}  // namespace doors
