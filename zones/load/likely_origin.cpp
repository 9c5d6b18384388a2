#include "zones/load/likely_origin.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include <fcntl.h>

#include "zones/base/ascii.h"
#include "zones/base/file.h"
#include "zones/load/zone_scanner.h"

namespace doors {

namespace {

/// Owner, TTL, class and type come in at most so many words.
constexpr std::size_t words_before_rdata = 4;

bool names_soa(const LogicalLine& line) {
  const auto end =
      line.tokens.begin() + static_cast<std::ptrdiff_t>(std::min(line.tokens.size(), words_before_rdata));
  return std::any_of(line.tokens.begin(), end,
                     [](const Token& token) { return equal_ignoring_case(token.text, "SOA"); });
}

}  // namespace

std::optional<Name> likely_origin(const std::filesystem::path& path, const ZoneFileOptions& options) {
  Name origin;
  if (options.origin) {
    origin = *options.origin;
    origin.make_canonical();
    return origin;
  }
  std::string stem = path.filename().string();
  if (path.extension() == ".zone") stem = path.stem().string();
  if (origin.assign(stem, NameView()) != nullptr) origin = Name();
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return std::nullopt;
  std::uint64_t octets_left = std::uint64_t{64} << 10;
  ZoneScanner scanner(std::move(fd), octets_left);
  Name owner = origin;
  for (LogicalLine line; scanner.next(line);) {  // at most one line an octet
    if (!line.problem.empty()) continue;
    const std::string_view first = line.tokens.front().text;
    if (equal_ignoring_case(first, "$ORIGIN") && line.tokens.size() == 2) {
      const Name before = origin;
      if (origin.assign(line.tokens[1].text, before) != nullptr) return std::nullopt;
      owner = origin;
    } else if (!first.starts_with('$')) {
      if (!line.starts_blank && owner.assign(first, origin) != nullptr) return std::nullopt;
      if (!names_soa(line)) continue;
      owner.make_canonical();
      return owner;
    }
  }
  return std::nullopt;
}

}  // namespace doors
