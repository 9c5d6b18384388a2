#include "zones/base/log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace doors::log {

namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warn", "error"};
constexpr std::array<spdlog::level::level_enum, 4> spdlog_levels{spdlog::level::debug, spdlog::level::info,
                                                                 spdlog::level::warn, spdlog::level::err};

std::atomic<Format>& current_format() noexcept {
  static std::atomic<Format> format{Format::text};
  return format;
}

spdlog::logger& logger() {
  // Never destroyed: a line may be written while the process ends.
  static spdlog::logger& only = *[] {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto* made = new spdlog::logger("doors", std::move(sink));
    made->set_error_handler([](const std::string&) {});  // stderr closed or full: nothing left to tell it to
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>("time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v",
                                                                    spdlog::pattern_time_type::utc));
    return made;
  }();
  return only;
}

/// Length of the UTF-8 sequence that starts `text`; 0 if there is no valid one (RFC 3629 §4).
std::size_t utf8_length(std::string_view text) noexcept {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i, unsigned least = 0x80, unsigned most = 0xbf) {
    return i < text.size() && octet(i) >= least && octet(i) <= most;
  };
  const unsigned first = octet(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned least = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned most = first == 0xed ? 0x9f : 0xbf;
    return follows(1, least, most) && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned least = first == 0xf0 ? 0x90 : 0x80;
    const unsigned most = first == 0xf4 ? 0x8f : 0xbf;
    return follows(1, least, most) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

/// Escapes as JSON does (RFC 8259 §7), which `key=value` readers understand too. Octets that are no UTF-8
/// come out as the character of that number, so that a line is always valid text.
void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto octet = static_cast<unsigned char>(text.front());
    std::size_t taken = utf8_length(text);
    if (octet == '"' || octet == '\\') {
      out += '\\';
      out += static_cast<char>(octet);
    } else if (octet == '\n') {
      out += "\\n";
    } else if (octet < 0x20 || octet == 0x7f || taken == 0) {
      std::array<char, 7> code{};
      std::snprintf(code.data(), code.size(), "\\u%04x", octet);
      out += code.data();
      taken = 1;
    } else {
      out += text.substr(0, taken);
    }
    text.remove_prefix(taken);
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

void append_text_field(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty()) out += ' ';
  out.append(key) += '=';
  const bool plain = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
  if (plain)
    out += value;
  else
    append_quoted(out, value);
}

void append_json_field(std::string& out, std::string_view key, std::string_view value, bool bare) {
  if (!out.empty()) out += ',';
  append_quoted(out, key);
  out += ':';
  if (bare)
    out += value;
  else
    append_quoted(out, value);
}

void append_field(Format format, std::string& out, const Field& field) {
  if (format == Format::text)
    append_text_field(out, field.key, field.value);
  else
    append_json_field(out, field.key, field.value, field.bare);
}

}  // namespace

ConfigResult<Settings> read_settings(Section section) {
  Settings settings;
  std::string level{level_names[static_cast<std::size_t>(settings.level)]};
  std::string format = "text";
  section.one_of("level", level, {level_names.begin(), level_names.end()})
      .one_of("format", format, {"text", "json"});
  settings.level =
      static_cast<Level>(std::find(level_names.begin(), level_names.end(), level) - level_names.begin());
  settings.format = format == "json" ? Format::json : Format::text;
  return section.finish(settings);
}

void init(const Settings& settings, std::string_view program, std::string_view pop, std::string_view node) {
  std::string names;
  for (const Field& field : {Field{"program", program}, Field{"pop", pop}, Field{"node", node}}) {
    if (!field.value.empty()) append_field(settings.format, names, field);
  }
  std::string pattern;  // of spdlog, where % is special
  for (const char c : names) pattern.append(c == '%' ? 2 : 1, c);
  if (settings.format == Format::text) {
    pattern = "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l " + pattern + (pattern.empty() ? "%v" : " %v");
  } else {
    pattern =
        R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",)" + pattern + (pattern.empty() ? "%v}" : ",%v}");
  }
  current_format().store(settings.format, std::memory_order_relaxed);
  logger().set_formatter(
      std::make_unique<spdlog::pattern_formatter>(std::move(pattern), spdlog::pattern_time_type::utc));
  set_level(settings.level);
}

void set_level(Level level) noexcept { logger().set_level(spdlog_levels[static_cast<std::size_t>(level)]); }

void write(Level level, std::string_view event, Fields fields) {
  spdlog::logger& out = logger();
  const auto wanted = spdlog_levels[static_cast<std::size_t>(level)];
  if (!out.should_log(wanted)) return;
  const Format format = current_format().load(std::memory_order_relaxed);
  out.log(wanted, spdlog::string_view_t(body_of_line(format, event, fields)));
}

std::string body_of_line(Format format, std::string_view event, Fields fields) {
  std::string body;
  append_field(format, body, Field{"event", event});
  for (const Field& field : fields) append_field(format, body, field);
  return body;
}

}  // namespace doors::log
