#include "sync/ctl/terminal.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace doors::ctl {
namespace {

bool wants_colour(Terminal::Colours colours, int fd) {
  if (colours != Terminal::Colours::automatic) return colours == Terminal::Colours::always;
  const char* term = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  if (no_colour != nullptr && *no_colour != '\0') return false;
  return isatty(fd) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

std::string_view code_of(Paint how) noexcept {
  switch (how) {
    case Paint::good:
      return "\033[32m";
    case Paint::bad:
      return "\033[31m";
    case Paint::doubtful:
      return "\033[33m";
    case Paint::faint:
      return "\033[2m";
    case Paint::strong:
      return "\033[1m";
  }
  return "";
}

std::string coloured(bool on, Paint how, std::string_view text) {
  if (!on || text.empty()) return std::string(text);
  return std::string(code_of(how)).append(text).append("\033[0m");
}

void write_to(std::FILE* stream, std::string_view text) {
  // A reader that has gone away is no reason to stop: SIGPIPE is ignored, the write fails, the work goes on.
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
}

std::size_t columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

Terminal::Terminal(const Options& options)
    : quiet_(options.quiet),
      json_(options.json),
      colour_out_(wants_colour(options.colours, STDOUT_FILENO)),
      colour_err_(wants_colour(options.colours, STDERR_FILENO)) {
  const char* term = std::getenv("TERM");
  progress_on_ = !quiet_ && isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

void Terminal::print(std::string_view line) {
  end_progress();
  write_to(stdout, line);
  write_to(stdout, "\n");
}

void Terminal::print_text(std::string_view text) {
  end_progress();
  write_to(stdout, text);
}

void Terminal::flush() { std::fflush(stdout); }

void Terminal::to_stderr(std::string_view mark, Paint how, std::string_view line) {
  end_progress();
  std::fflush(stdout);  // where both are the same terminal, lines come in the order they were written
  std::string text = "doorctl: ";
  text += coloured(colour_err_, how, mark);
  text += line;
  text += '\n';
  write_to(stderr, text);
}

void Terminal::note(std::string_view line) {
  if (!quiet_) to_stderr("", Paint::faint, line);
}
void Terminal::warn(std::string_view line) { to_stderr("warning: ", Paint::doubtful, line); }
void Terminal::error(std::string_view line) { to_stderr("", Paint::bad, line); }

void Terminal::print_json(const Value& value) {
  json_printed_ = true;
  print(to_json(value));
}

ExitCode Terminal::fail(const Failure& failure) {
  error(failure.message);
  if (json_ && !json_printed_) {
    const char* result = failure.code == ExitCode::unreachable ? "unreachable" : "refused";
    print_json(Value::Object{{"result", result}, {"error", failure.message}});
  }
  return failure.code;
}

void Terminal::progress(std::string_view text) {
  if (!progress_on_) return;
  const auto now = std::chrono::steady_clock::now();
  if (progress_shown_ && now - last_progress_ < std::chrono::milliseconds(100)) return;
  last_progress_ = now;
  progress_shown_ = true;
  std::string line = "\r\033[K";
  line += coloured(colour_err_, Paint::faint, text.substr(0, columns() - 1));
  write_to(stderr, line);
  std::fflush(stderr);
}

void Terminal::end_progress() {
  if (!progress_shown_) return;
  progress_shown_ = false;
  write_to(stderr, "\r\033[K");
  std::fflush(stderr);
}

std::string Terminal::paint(Paint how, std::string_view text) const {
  return coloured(colour_out_, how, text);
}

std::string with_commas(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  std::string text = with_commas(count) + ' ' + std::string(noun);
  if (count != 1) text += 's';
  return text;
}

std::string in_words(std::chrono::nanoseconds duration) {
  using std::chrono::duration_cast;
  std::array<char, 32> text{};
  const double milliseconds = static_cast<double>(duration.count()) / 1e6;
  const auto seconds = duration_cast<std::chrono::seconds>(duration).count();
  if (milliseconds < 10) {
    std::snprintf(text.data(), text.size(), "%.1f ms", milliseconds);
  } else if (milliseconds < 1000) {
    std::snprintf(text.data(), text.size(), "%.0f ms", milliseconds);
  } else if (seconds < 60) {
    std::snprintf(text.data(), text.size(), "%.1f s", milliseconds / 1000);
  } else if (seconds < 3600) {
    std::snprintf(text.data(), text.size(), "%lldm%02llds", static_cast<long long>(seconds / 60),
                  static_cast<long long>(seconds % 60));
  } else if (seconds < 2 * 86400) {
    std::snprintf(text.data(), text.size(), "%lldh%02lldm", static_cast<long long>(seconds / 3600),
                  static_cast<long long>(seconds / 60 % 60));
  } else {
    std::snprintf(text.data(), text.size(), "%lldd", static_cast<long long>(seconds / 86400));
  }
  return text.data();
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet != 0x7f) {
      out += c;
      continue;
    }
    std::array<char, 5> code{};
    std::snprintf(code.data(), code.size(), "\\%03u", octet);
    out += code.data();
  }
  return out;
}

}  // namespace doors::ctl
