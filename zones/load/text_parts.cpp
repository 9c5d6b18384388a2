#include "zones/load/text_parts.h"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include "zones/load/zone_scanner.h"

namespace doors {

namespace {

/// The depth of parentheses behind a physical line that begins with this depth.
std::size_t depth_behind(std::string_view line, std::size_t depth) noexcept {
  if (depth == 0 && line.find('(') == std::string_view::npos) return 0;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char octet = line[i];
    if (octet == '\\') {
      ++i;
    } else if (octet == '"') {
      quoted = !quoted;
    } else if (quoted) {
      continue;
    } else if (octet == ';') {
      break;
    } else if (octet == '(') {
      ++depth;
    } else if (octet == ')' && depth > 0) {
      --depth;
    }
  }
  return depth;
}

}  // namespace

bool TextParts::window(std::uint64_t offset, std::size_t octets, std::string& buffer,
                       std::string_view& text) const {
  octets = static_cast<std::size_t>(std::min<std::uint64_t>(octets, size_ - offset));
  if (fd_ < 0) {
    text = text_.substr(static_cast<std::size_t>(offset), octets);
    return true;
  }
  buffer.resize(octets);
  for (std::size_t got = 0; got < octets;) {
    const ssize_t more = ::pread(fd_, buffer.data() + got, octets - got, static_cast<off_t>(offset + got));
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) return false;
    got += static_cast<std::size_t>(more);
  }
  text = buffer;
  return true;
}

bool TextParts::next(Part& part, std::string& buffer) {
  if (failed_ || offset_ == size_) return false;
  // A logical line fits into the second window, if not into the first.
  for (const std::size_t beyond : {ZoneScanner::max_line_octets / 16, 2 * ZoneScanner::max_line_octets}) {
    std::string_view text;
    if (!window(offset_, part_octets_ + beyond, buffer, text)) break;
    const std::size_t end = cut(text, part);
    if (end == 0) continue;
    part.text = text.substr(0, end);
    part.offset = offset_;
    offset_ += end;
    return true;
  }
  failed_ = true;
  return false;
}

/// Where the part that begins with this text ends; 0 if that is further on.
std::size_t TextParts::cut(std::string_view text, Part& part) {
  part.first_line = line_;
  part.directives.clear();
  std::uint32_t lines = 0;
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (depth == 0 && at >= part_octets_ && text[at] != '$' && ZoneScanner::is_plain(text[at])) {
      line_ += lines;
      return at;
    }
    const std::size_t newline = text.find('\n', at);
    const std::size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
    const std::string_view line = text.substr(at, end - at);
    if (depth == 0 && line.front() == '$') part.directives.push_back(line);
    depth = depth_behind(line, depth);
    at = end;
    ++lines;
  }
  return offset_ + text.size() == size_ ? text.size() : 0;
}

bool TextParts::read_again(Part& part, std::string& buffer) const {
  return window(part.offset, part.text.size(), buffer, part.text);
}

}  // namespace doors
