#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "zones/base/expected.h"

namespace doors {

/// Why a config was refused: where, and what to mend. `line` is 1-based; 0 when the whole file is meant.
struct ConfigError {
  std::string file;
  std::uint32_t line = 0;
  std::string message;
  /// "FILE:LINE: MESSAGE", or "FILE: MESSAGE" without a line.
  [[nodiscard]] std::string to_string() const;
};

template <class T>
using ConfigResult = Expected<T, ConfigError>;

/// Inclusive bounds of a number.
struct Range {
  std::int64_t least;
  std::int64_t most;
};

/// One table of a TOML config, read strictly: each row below reads one key into a variable that already holds
/// its default; a wrong type or value, and at finish() any key that no row asked for, is an error with its
/// line. The first error wins; after it every row is a no-op, so a reader is one chain and asks once.
///   Section(table).strings("listen", udp.listen).number("workers", udp.workers, {0, 256}).finish(udp)
/// Cheap to copy (shares the parsed file). One thread.
class Section {
 public:
  class Impl;
  explicit Section(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

  Section& boolean(std::string_view key, bool& value);
  Section& string(std::string_view key, std::string& value);
  Section& strings(std::string_view key, std::vector<std::string>& value);
  Section& path(std::string_view key, std::filesystem::path& value);
  /// One of `allowed`, else an error that lists them.
  Section& one_of(std::string_view key, std::string& value, const std::vector<std::string_view>& allowed);
  template <class Integer>
  requires std::is_integral_v<Integer> Section& number(std::string_view key, Integer& value, Range range) {
    std::int64_t wide = static_cast<std::int64_t>(value);
    if (integer(key, wide, range)) value = static_cast<Integer>(wide);
    return *this;
  }
  /// A duration text: a whole number with `ms`, `s`, `m`, `h` or `d` ("250ms", "3s"), in [least, most].
  Section& duration(std::string_view key, std::chrono::milliseconds& value, std::chrono::milliseconds least,
                    std::chrono::milliseconds most);
  /// Notes a failed check of the value of `key` that no row above could make.
  Section& check(bool fine, std::string_view key, std::string_view message);

  [[nodiscard]] bool has(std::string_view key) const;
  /// The sub-table `[key]`; an absent one reads as empty, so that all its defaults hold.
  [[nodiscard]] Section table(std::string_view key);
  /// The tables of `[[key]]`, in file order; none when absent.
  [[nodiscard]] std::vector<Section> tables(std::string_view key);
  /// Line of the table's header; 0 for the root or an absent table.
  [[nodiscard]] std::uint32_t line() const noexcept;
  /// Notes `error` unless one is noted already: how a nested reader's failure reaches the file's.
  void fail(ConfigError error);
  /// The first error of this file so far, unknown keys of this table and of those read from it included.
  [[nodiscard]] std::optional<ConfigError> error();

  template <class T>
  [[nodiscard]] ConfigResult<T> finish(T value) {
    if (auto wrong = error()) return Unexpected(*std::move(wrong));
    return value;
  }

 private:
  bool integer(std::string_view key, std::int64_t& value, Range range);
  std::shared_ptr<Impl> impl_;
};

/// Parses TOML text; `file` is only for messages.
[[nodiscard]] ConfigResult<Section> parse_config(std::string_view text, std::string file);
/// Reads and parses a config file of at most 1 MiB.
[[nodiscard]] ConfigResult<Section> read_config(const std::filesystem::path& path);

/// The duration text of Section::duration. Errors: no number, no or unknown unit, over 10 years.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;

}  // namespace doors
