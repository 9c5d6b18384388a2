#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "zones/base/config.h"

/// Log lines of the four programs: one line on stderr per change of state, with the program, PoP and node on
/// each, as `key=value` or JSON. Cold paths only, never per query: a line takes a lock and a system call.
namespace doors::log {

enum class Level : std::uint8_t { debug, info, warn, error };
enum class Format : std::uint8_t { text, json };

struct Settings {  ///< [log]
  Level level = Level::info;
  Format format = Format::text;
};
/// Reads the table `[log]`: `level` ("debug", "info", "warn", "error") and `format` ("text", "json").
[[nodiscard]] ConfigResult<Settings> read_settings(Section section);

/// One value of a line: `{"zone", name}`, `{"serial", 7u}`. Any octets; they are quoted and escaped as
/// needed. A key is a word of [a-z0-9_.].
struct Field {
  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, const std::string& text) : key(name), value(text) {}
  Field(std::string_view name, const char* text) : key(name), value(text) {}
  Field(std::string_view name, bool flag) : key(name), value(flag ? "true" : "false"), bare(true) {}
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) Field(std::string_view name, Integer number)
      : key(name), value(std::to_string(number)), bare(true) {}
  Field(std::string_view name, double number) : key(name), value(std::to_string(number)), bare(true) {}

  std::string_view key;
  std::string value;
  bool bare = false;  ///< a number or a truth value: JSON writes it without quotes
};
using Fields = std::initializer_list<Field>;

/// Says who writes and how; before it, lines are text at `info` without names. Call it again after a reload.
/// Not beside another init().
void init(const Settings& settings, std::string_view program, std::string_view pop, std::string_view node);
/// Changes the level alone. Any thread.
void set_level(Level level) noexcept;

/// Writes one line if `level` is on. `event` says what changed, in words ("zone served"). Any thread.
void write(Level level, std::string_view event, Fields fields = {});
inline void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warn(std::string_view event, Fields fields = {}) { write(Level::warn, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

/// The part of a line behind time, level and names: `event="zone served" zone=example. serial=7`, or for JSON
/// `"event":"zone served","zone":"example.","serial":7`. Pure; what write() uses.
[[nodiscard]] std::string body_of_line(Format format, std::string_view event, Fields fields);

}  // namespace doors::log
