#include "zones/load/generate.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace doors {

namespace {

constexpr std::int64_t most_value = 0x7fff'ffff;
constexpr std::int64_t most_width = 255;

/// Takes a number off the front; nothing if there is none or it is out of [least, most].
std::optional<std::int64_t> take_number(std::string_view& text, std::int64_t least,
                                        std::int64_t most) noexcept {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || value < least || value > most) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool take(std::string_view& text, char c) noexcept {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

struct Modifier {
  std::int64_t offset = 0;
  std::size_t width = 0;
  char base = 'd';
};

/// What stands between the braces.
std::optional<Modifier> parse_modifier(std::string_view text) noexcept {
  Modifier modifier;
  if (take(text, '+') && text.starts_with('-')) return std::nullopt;
  const auto offset = take_number(text, -most_value, most_value);
  if (!offset) return std::nullopt;
  modifier.offset = *offset;
  if (take(text, ',')) {
    const auto width = take_number(text, 0, most_width);
    if (!width) return std::nullopt;
    modifier.width = static_cast<std::size_t>(*width);
    if (take(text, ',')) {
      if (text.empty() || std::string_view("doxXnN").find(text.front()) == std::string_view::npos)
        return std::nullopt;
      modifier.base = text.front();
      text.remove_prefix(1);
    }
  }
  if (!text.empty()) return std::nullopt;
  return modifier;
}

std::string write(std::int64_t value, const Modifier& modifier) {
  if (modifier.base == 'n' || modifier.base == 'N') {
    // Nibbles from the lowest, with dots; the width counts the dots, and may end in one.
    const std::string_view digits = modifier.base == 'n' ? "0123456789abcdef" : "0123456789ABCDEF";
    std::string text;
    do {
      text += digits[static_cast<std::size_t>(value & 15)];
      value >>= 4;
      if (value != 0 || text.size() < modifier.width) text += '.';
    } while (value != 0 || text.size() < modifier.width);
    return text;
  }
  const char* const format = modifier.base == 'd'   ? "%0*lld"
                             : modifier.base == 'o' ? "%0*llo"
                             : modifier.base == 'x' ? "%0*llx"
                                                    : "%0*llX";
  std::array<char, most_width + 1> digits{};
  // NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): one of four literals
  std::snprintf(digits.data(), digits.size(), format, static_cast<int>(modifier.width),
                static_cast<long long>(value));
  return digits.data();
}

}  // namespace

std::optional<GenerateRange> parse_generate_range(std::string_view text) noexcept {
  GenerateRange range;
  const auto start = take_number(text, 0, most_value);
  if (!start || !take(text, '-')) return std::nullopt;
  const auto stop = take_number(text, *start, most_value);
  if (!stop) return std::nullopt;
  if (take(text, '/')) {
    const auto step = take_number(text, 1, most_value);
    if (!step) return std::nullopt;
    range.step = static_cast<std::uint32_t>(*step);
  }
  if (!text.empty()) return std::nullopt;
  range.start = static_cast<std::uint32_t>(*start);
  range.stop = static_cast<std::uint32_t>(*stop);
  return range;
}

Result<std::string> expand_generate(std::string_view text, std::uint32_t value) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      // An escaped dollar is a plain one; any other escape is the next reader's.
      if (text[i + 1] != '$') made += text[i];
      made += text[++i];
      continue;
    }
    if (text[i] != '$') {
      made += text[i];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == '$') {
      made += text[++i];
      continue;
    }
    Modifier modifier;
    if (i + 1 < text.size() && text[i + 1] == '{') {
      const std::size_t close = text.find('}', i);
      if (close == std::string_view::npos) return failure("${ without }");
      const auto parsed = parse_modifier(text.substr(i + 2, close - i - 2));
      if (!parsed) return failure("bad modifier " + std::string(text.substr(i, close - i + 1)));
      modifier = *parsed;
      i = close;
    }
    const std::int64_t changed = std::int64_t{value} + modifier.offset;
    if (changed < 0 && modifier.base != 'd') {
      return failure("the value " + std::to_string(changed) + " is below 0");
    }
    made += write(changed, modifier);
    if (made.size() > 65'535) return failure("too long");
  }
  return made;
}

}  // namespace doors
