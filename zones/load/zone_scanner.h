#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/file.h"

namespace doors {

/// One word or quoted string of zone text, escapes still in it; borrowed from the scanner until its next
/// line.
struct Token {
  std::string_view text;   ///< without the quotes around it
  std::uint32_t line = 0;  ///< 1-based
  bool quoted = false;     ///< was "…"
  bool adjacent = false;   ///< nothing stands between it and the one before, as in alpn="h2,h3"
};

/// One logical line: a record or a directive, whatever parentheses stretch it over.
struct LogicalLine {
  std::uint32_t number = 0;   ///< where it starts, 1-based
  bool starts_blank = false;  ///< the owner name is left out
  std::vector<Token> tokens;  ///< at least one
  /// What is wrong with it; empty if nothing is. `tokens` then means nothing.
  std::string problem;
  std::uint32_t problem_line = 0;
};

/// Makes logical lines of zone text (RFC 1035 §5.1): parentheses, quotes, comments, escapes, CRLF. A file is
/// read in blocks; a logical line may have max_line_octets. After a bad line it goes on with the next. One
/// thread.
class ZoneScanner {
 public:
  static constexpr std::size_t max_line_octets = std::size_t{1} << 20;

  /// Whether a word may begin with this octet, or go on with it.
  [[nodiscard]] static bool is_plain(char octet) noexcept;

  /// Scans text, borrowed. `first_line` is the number of its first line: over 1 for a later part of a text.
  explicit ZoneScanner(std::string_view text, std::uint32_t first_line = 1);
  /// Scans what the descriptor gives from its position on; takes off `octets_left` what it reads, and adds it
  /// to `octets_read` (may be null); both borrowed.
  ZoneScanner(UniqueFd fd, std::uint64_t& octets_left, std::atomic<std::uint64_t>* octets_read = nullptr);

  /// The next logical line, good or bad; false at the end, and when reading fails: then unreadable() says
  /// why.
  bool next(LogicalLine& line);
  [[nodiscard]] const std::string& unreadable() const noexcept { return unreadable_; }

 private:
  enum class Outcome : std::uint8_t { complete, end, starved };
  Outcome scan(LogicalLine& line);
  bool scan_quoted(const char*& at, LogicalLine& line, std::uint32_t& number, bool adjacent);
  bool scan_word(const char*& at, LogicalLine& line, std::uint32_t number, bool adjacent);
  bool refill();
  void skip_physical_line();
  void check_start(LogicalLine& line);

  UniqueFd fd_;
  std::uint64_t* octets_left_ = nullptr;
  std::atomic<std::uint64_t>* octets_read_ = nullptr;
  std::unique_ptr<char[]> buffer_;
  const char* at_ = nullptr;   // start of the next logical line
  const char* end_ = nullptr;  // of what is in memory
  bool at_eof_ = false;
  bool at_start_ = true;
  std::uint32_t line_ = 1;
  std::string unreadable_;
};

}  // namespace doors
