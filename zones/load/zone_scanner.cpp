#include "zones/load/zone_scanner.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <unistd.h>

namespace doors {

namespace {

/// What an octet means where a word may go on; most are plain.
enum Kind : std::uint8_t { plain, blank, special };
constexpr std::array<Kind, 256> kinds = [] {
  std::array<Kind, 256> made{};
  for (const char c : {' ', '\t'}) made[static_cast<unsigned char>(c)] = blank;
  for (const char c : {'\r', '\n', ';', '(', ')', '"', '\\', '\0'})
    made[static_cast<unsigned char>(c)] = special;
  return made;
}();

Kind kind_of(char c) noexcept { return kinds[static_cast<unsigned char>(c)]; }

constexpr std::size_t buffer_octets = 2 * ZoneScanner::max_line_octets;

void note(LogicalLine& line, std::uint32_t number, const char* problem) {
  if (!line.problem.empty()) return;
  line.problem = problem;
  line.problem_line = number;
}

}  // namespace

bool ZoneScanner::is_plain(char octet) noexcept { return kind_of(octet) == plain; }

ZoneScanner::ZoneScanner(std::string_view text, std::uint32_t first_line)
    : at_(text.data()),
      end_(text.data() + text.size()),
      at_eof_(true),
      at_start_(first_line == 1),
      line_(first_line) {}

ZoneScanner::ZoneScanner(UniqueFd fd, std::uint64_t& octets_left, std::atomic<std::uint64_t>* octets_read)
    : fd_(std::move(fd)),
      octets_left_(&octets_left),
      octets_read_(octets_read),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_octets)),
      at_(buffer_.get()),
      end_(buffer_.get()) {}

/// Moves what is not used up to the front and reads behind it. False: no room, or unreadable.
bool ZoneScanner::refill() {
  const std::size_t kept = static_cast<std::size_t>(end_ - at_);
  if (kept >= max_line_octets) return false;
  std::memmove(buffer_.get(), at_, kept);
  at_ = buffer_.get();
  end_ = at_ + kept;
  while (true) {
    const ssize_t got = ::read(fd_.get(), buffer_.get() + kept, buffer_octets - kept);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      unreadable_ = std::string("cannot read: ") + std::strerror(errno);
      return false;
    }
    const auto count = static_cast<std::uint64_t>(got);
    if (count > *octets_left_) {
      unreadable_ = "the text is larger than allowed";
      return false;
    }
    *octets_left_ -= count;
    if (octets_read_ != nullptr) octets_read_->fetch_add(count, std::memory_order_relaxed);
    at_eof_ = got == 0;
    end_ += got;
    return true;
  }
}

void ZoneScanner::skip_physical_line() {
  while (true) {
    const auto* newline =
        static_cast<const char*>(std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_)));
    if (newline != nullptr) {
      at_ = newline + 1;
      ++line_;
      return;
    }
    at_ = end_;
    if (at_eof_ || !refill()) return;
  }
}

/// An encoding that is not ours shows in the first octets.
void ZoneScanner::check_start(LogicalLine& line) {
  at_start_ = false;
  const std::string_view text(at_, static_cast<std::size_t>(end_ - at_));
  if (text.starts_with("\xef\xbb\xbf")) {
    note(line, 1, "the file starts with a UTF-8 byte order mark; save it without");
    at_ += 3;
  } else if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    note(line, 1, "the file is in UTF-16; zone text is ASCII");
    at_ = end_;
    at_eof_ = true;
  }
}

bool ZoneScanner::next(LogicalLine& line) {
  line.problem.clear();
  if (at_start_) {
    while (end_ - at_ < 3 && !at_eof_) {
      if (!refill()) return false;
    }
    check_start(line);
    if (!line.problem.empty()) {
      line.number = line.problem_line;
      return true;
    }
  }
  while (true) {
    line.problem.clear();
    switch (scan(line)) {
      case Outcome::complete:
        return true;
      case Outcome::end:
        return false;
      case Outcome::starved:
        break;
    }
    if (!at_eof_ && refill()) continue;
    if (!unreadable_.empty()) return false;
    note(line, line.number, "the line is over 1 MiB; is a parenthesis not closed?");
    skip_physical_line();
    return true;
  }
}

/// Reads the rest of "…" from behind the opening quote; a line end in it has a backslash before. False: the
/// memory ends in it and more can be read.
bool ZoneScanner::scan_quoted(const char*& at, LogicalLine& line, std::uint32_t& number, bool adjacent) {
  const char* const start = at;
  const std::uint32_t opened = number;
  for (; at != end_; ++at) {
    if (*at == '"') {
      line.tokens.push_back({{start, static_cast<std::size_t>(at - start)}, opened, true, adjacent});
      ++at;
      return true;
    }
    if (*at == '\n') break;
    if (*at == '\0') note(line, number, "NUL octet");
    if (*at != '\\' || at + 1 == end_) continue;
    if (*++at == '\r' && at + 1 != end_ && at[1] == '\n') ++at;
    if (*at == '\n') ++number;
  }
  if (at == end_ && !at_eof_) return false;
  note(line, opened, "quote not closed");
  return true;
}

/// Reads a word. False: the memory ends in it and more can be read.
bool ZoneScanner::scan_word(const char*& at, LogicalLine& line, std::uint32_t number, bool adjacent) {
  const char* const start = at;
  for (; at != end_; ++at) {
    const Kind kind = kind_of(*at);
    if (kind == plain) continue;
    if (*at == '\0') {
      note(line, number, "NUL octet");
    } else if (*at != '\\') {
      break;
    } else if (at + 1 == end_) {
      if (!at_eof_) return false;
      note(line, number, "backslash at the end");
    } else if (at[1] == '\r' && at + 2 == end_ && !at_eof_) {
      return false;
    } else if (at[1] == '\n' || (at[1] == '\r' && at + 2 != end_ && at[2] == '\n')) {
      note(line, number, "backslash at the end of the line");
    } else {
      ++at;
    }
  }
  if (at == end_ && !at_eof_) return false;
  line.tokens.push_back({{start, static_cast<std::size_t>(at - start)}, number, false, adjacent});
  return true;
}

ZoneScanner::Outcome ZoneScanner::scan(LogicalLine& line) {
  line.tokens.clear();
  line.number = line_;
  line.starts_blank = at_ != end_ && kind_of(*at_) == blank;
  const char* at = at_;
  std::uint32_t number = line_;
  std::uint32_t depth = 0;
  std::uint32_t opened = 0;
  const char* token_end = nullptr;
  const auto complete = [&] {
    if (static_cast<std::size_t>(at - at_) > max_line_octets) return Outcome::starved;
    at_ = at;
    line_ = number;
    return Outcome::complete;
  };
  while (true) {
    while (at != end_ && kind_of(*at) == blank) ++at;
    if (at == end_) {
      if (!at_eof_) return Outcome::starved;
      if (depth > 0) {
        // What comes after the line with the parenthesis is read again as lines of their own.
        note(line, opened, "parenthesis not closed");
        skip_physical_line();
        return Outcome::complete;
      }
      if (line.tokens.empty() && line.problem.empty()) return Outcome::end;
      return complete();
    }
    switch (*at) {
      case '\r':  // of CRLF
        if (at + 1 == end_ && !at_eof_) return Outcome::starved;
        if (++at != end_ && *at != '\n') note(line, number, "carriage return inside a line");
        break;
      case '\n':
        ++at;
        ++number;
        if (depth > 0) break;
        if (!line.tokens.empty() || !line.problem.empty()) return complete();
        at_ = at;  // nothing on this line: start anew
        line_ = line.number = number;
        line.starts_blank = at != end_ && kind_of(*at) == blank;
        if (at == end_ && !at_eof_) return Outcome::starved;
        break;
      case ';': {
        const auto* newline =
            static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end_ - at)));
        at = newline != nullptr ? newline : end_;
        break;
      }
      case '(':
        if (depth++ == 0) opened = number;
        ++at;
        break;
      case ')':
        if (depth == 0)
          note(line, number, "closing parenthesis without an opening one");
        else
          --depth;
        ++at;
        break;
      case '"': {
        const bool adjacent = at == token_end;
        ++at;
        if (!scan_quoted(at, line, number, adjacent)) return Outcome::starved;
        token_end = at;
        break;
      }
      case '\0':
        note(line, number, "NUL octet");
        ++at;
        break;
      default:
        if (!scan_word(at, line, number, at == token_end)) return Outcome::starved;
        token_end = at;
    }
  }
}

}  // namespace doors
