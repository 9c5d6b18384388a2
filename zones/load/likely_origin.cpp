#include "zones/load/likely_origin.h"

#include <algorithm>
#include <span>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "zones/base/ascii.h"
#include "zones/base/file.h"
#include "zones/load/rdata_text.h"
#include "zones/load/zone_scanner.h"

namespace doors {

namespace {

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

/// Whether the type, which is the first word behind the owner that is neither TTL nor class, is SOA.
bool is_soa(const LogicalLine& line) {
  const auto words = std::span(line.tokens).subspan(line.starts_blank ? 0 : 1);
  const auto type = std::find_if_not(words.begin(), words.end(), [](const Token& word) {
    return parse_seconds(word.text) || equal_ignoring_case(word.text, "IN") ||
           equal_ignoring_case(word.text, "CLASS1");
  });
  return type != words.end() && equal_ignoring_case(type->text, "SOA");
}

/// The zone that a file's name says, which is all that one without a SOA has; only of "NAME.zone".
std::optional<Name> by_file_name(const std::filesystem::path& path) {
  Name zone;
  if (path.extension() != ".zone" || zone.assign(path.stem().string(), NameView()) != nullptr)
    return std::nullopt;
  zone.make_canonical();
  return zone;
}

/// The owner of the first SOA in the beginning of a file.
std::optional<Name> by_soa(const std::filesystem::path& path) {
  Name origin;
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
    if (!line.starts_blank && equal_ignoring_case(first, "$ORIGIN") && line.tokens.size() == 2) {
      const Name before = origin;
      if (origin.assign(line.tokens[1].text, before) != nullptr) return std::nullopt;
      owner = origin;
    } else if (line.starts_blank || !first.starts_with('$')) {
      if (!line.starts_blank && owner.assign(first, origin) != nullptr) return std::nullopt;
      if (!is_soa(line)) continue;
      owner.make_canonical();
      return owner;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Name> likely_origin(const std::filesystem::path& path, const ZoneFileOptions& options) {
  if (options.origin) {
    Name origin = *options.origin;
    origin.make_canonical();
    return origin;
  }
  auto origin = by_soa(path);
  return origin ? origin : by_file_name(path);
}

}  // namespace doors
