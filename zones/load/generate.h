#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "zones/base/error.h"

namespace doors {

/// The range of BIND's $GENERATE: "start-stop" or "start-stop/step".
struct GenerateRange {
  std::uint32_t start = 0;
  std::uint32_t stop = 0;
  std::uint32_t step = 1;
  /// How many values it has, at least 1.
  [[nodiscard]] std::uint64_t count() const noexcept { return (std::uint64_t{stop} - start) / step + 1; }
};

/// Nothing if it is no range: start over stop, a step of 0, a number over 2^31-1.
[[nodiscard]] std::optional<GenerateRange> parse_generate_range(std::string_view text) noexcept;

/// One template with the value put in: `$` is the value, `${offset}`, `${offset,width}` and
/// `${offset,width,base}` with base d, o, x, X, n or N (nibbles in reverse order, with dots) are the value
/// changed, `\$` and `$$` a dollar sign; any other escape stays as it is. Error: what is wrong with the
/// template, or a value below 0 that is not written in decimals.
[[nodiscard]] Result<std::string> expand_generate(std::string_view text, std::uint32_t value);

}  // namespace doors
