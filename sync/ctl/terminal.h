#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "sync/ctl/outcome.h"
#include "sync/ctl/report.h"

namespace doors::ctl {

enum class Paint : std::uint8_t { good, bad, doubtful, faint, strong };

/// Where doorctl's words go: results to stdout, everything else to stderr behind "doorctl: ". Colours and the
/// progress line exist only where a terminal shows them, so that a pipe gets plain lines. Main thread only.
class Terminal {
 public:
  enum class Colours : std::uint8_t { automatic, always, never };
  struct Options {
    bool quiet = false;  ///< only results that were asked for, warnings and errors
    Colours colours = Colours::automatic;
    bool json = false;  ///< stdout gets one JSON object and nothing else
  };
  /// Looks at stdout, stderr, $TERM and $NO_COLOR.
  explicit Terminal(const Options& options);

  /// One result line on stdout; the newline is added.
  void print(std::string_view line);
  /// Text of several lines on stdout, ending in its own newline.
  void print_text(std::string_view text);
  /// The one object of --json, on stdout.
  void print_json(const Value& value);
  /// Pushes stdout out at once: a reader behind a pipe waits for it.
  void flush();
  /// What happens, on stderr; silent when quiet.
  void note(std::string_view line);
  void warn(std::string_view line);
  void error(std::string_view line);
  /// Prints the failure, as JSON too if that is wanted and none was printed yet, and gives its exit code.
  ExitCode fail(const Failure& failure);

  /// Shows `text` in place of the progress line before it, at most ten times a second, on a terminal only.
  void progress(std::string_view text);
  /// Takes the progress line away; what prints a line does so by itself.
  void end_progress();
  [[nodiscard]] bool shows_progress() const noexcept { return progress_on_; }

  /// `text` in a colour of stdout, or as it is without colours.
  [[nodiscard]] std::string paint(Paint how, std::string_view text) const;
  [[nodiscard]] bool quiet() const noexcept { return quiet_; }

 private:
  void to_stderr(std::string_view mark, Paint how, std::string_view line);

  bool quiet_;
  bool json_;
  bool json_printed_ = false;
  bool colour_out_ = false;
  bool colour_err_ = false;
  bool progress_on_ = false;
  bool progress_shown_ = false;
  std::chrono::steady_clock::time_point last_progress_{};
};

/// "1 record", "1,234 records": a count and its noun, thousands parted.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);
/// 1234567 as "1,234,567".
[[nodiscard]] std::string with_commas(std::uint64_t count);
/// A duration as an operator reads it: "0.4 ms", "12 ms", "3.2 s", "4m10s", "3h05m", "12d".
[[nodiscard]] std::string in_words(std::chrono::nanoseconds duration);
/// Text of any octets made fit for a terminal: control characters as \DDD.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace doors::ctl
