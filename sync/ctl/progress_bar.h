#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace doors::ctl {

/// A progress line with a bar: "reading [############            ] 50 %, 1 of 2 files".
inline std::string progress_bar(std::string_view doing, std::uint64_t done, std::uint64_t of,
                                std::string_view count) {
  constexpr std::uint64_t width = 24;
  const std::uint64_t all = std::max<std::uint64_t>(of, 1);
  const std::uint64_t part = std::min(done, all);
  const auto full = static_cast<std::size_t>(width * part / all);
  std::string text(doing);
  text += " [" + std::string(full, '#') + std::string(width - full, ' ') + "] ";
  text += std::to_string(100 * part / all) + " %";
  if (!count.empty()) text.append(", ").append(count);
  return text;
}

}  // namespace doors::ctl
