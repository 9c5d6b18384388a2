#include "zones/load/zone_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>

#include "zones/load/zone_loader.h"

namespace doors {

namespace {

UniqueFd open_text(const std::filesystem::path& path) noexcept {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
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
  ZoneScanner scanner(std::move(fd), octets_left, options.octets_read);
  return ZoneLoader(options, path.string(), octets_left).load(scanner);
}

Expected<LoadedZone, std::vector<Problem>> load_zone_text(std::string_view text, std::string file,
                                                          const ZoneFileOptions& options) {
  std::uint64_t octets_left = options.max_octets > text.size() ? options.max_octets - text.size() : 0;
  ZoneScanner scanner(text);
  return ZoneLoader(options, std::move(file), octets_left).load(scanner);
}

}  // namespace doors
