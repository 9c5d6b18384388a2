#include "zones/load/likely_origin.h"

#include <algorithm>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "zones/base/ascii.h"
#include "zones/base/file.h"
#include "zones/load/zone_scanner.h"

namespace doors {

namespace {

/// Owner, TTL, class and type come in at most so many words.
constexpr std::size_t words_before_rdata = 4;
/// A file with so many bad lines is no zone file; and reading on behind each takes time.
constexpr int bad_lines_taken = 20;

/// The first 64 KiB, as far as they are whole lines.
std::string beginning_of(const std::filesystem::path& path) {
  std::string text;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return text;
  text.resize(std::size_t{64} << 10);
  std::size_t size = 0;
  for (ssize_t got = 1; got > 0 && size < text.size();) {
    got = ::read(fd.get(), text.data() + size, text.size() - size);
    if (got > 0) size += static_cast<std::size_t>(got);
  }
  if (size == text.size()) {
    const std::size_t last_line_end = text.rfind('\n');
    size = last_line_end == std::string::npos ? 0 : last_line_end + 1;
  }
  text.resize(size);
  return text;
}

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
  const std::string text = beginning_of(path);
  ZoneScanner scanner(text);
  Name owner = origin;
  int bad_lines = 0;
  for (LogicalLine line; scanner.next(line);) {  // at most one line an octet
    if (!line.problem.empty()) {
      if (++bad_lines == bad_lines_taken) break;
      continue;
    }
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
