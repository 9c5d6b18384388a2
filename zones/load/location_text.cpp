#include "zones/load/location_text.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "zones/dns/wire_reader.h"
#include "zones/load/text_fields.h"

namespace doors {

namespace {

constexpr std::uint32_t equator = std::uint32_t{1} << 31;
constexpr std::int64_t sea_level_cm = 10'000'000;  // above the lowest altitude there is

/// A number with at most `places` decimals, in units of the last of them: "23.5" with 3 places is 23500.
/// Either side of the point may be empty, not both.
std::optional<std::uint64_t> parse_decimal(std::string_view text, std::size_t places) noexcept {
  const std::string_view whole = text.substr(0, text.find('.'));
  const std::string_view fraction =
      whole.size() < text.size() ? text.substr(whole.size() + 1) : std::string_view();
  if (whole.size() > 9 || fraction.size() > places) return std::nullopt;
  if (whole.empty() && fraction.empty()) return std::nullopt;
  const auto units = whole.empty() ? std::optional<std::uint64_t>(0) : parse_digits(whole);
  const auto parts = fraction.empty() ? std::optional<std::uint64_t>(0) : parse_digits(fraction);
  if (!units || !parts) return std::nullopt;
  std::uint64_t value = *units;
  for (std::size_t i = 0; i < places; ++i) value *= 10;
  std::uint64_t last = *parts;
  for (std::size_t i = fraction.size(); i < places; ++i) last *= 10;
  return value + last;
}

/// Takes "d [m [s]] DIRECTION" off the front, in 1/1000 of a second from the equator or prime meridian.
std::optional<std::uint32_t> take_angle(std::span<const std::string_view>& words, std::string_view directions,
                                        std::uint64_t most_degrees) noexcept {
  constexpr std::array<std::uint64_t, 3> units{3'600'000, 60'000, 1};  // degrees, minutes, 1/1000 seconds
  constexpr std::array<std::uint64_t, 3> limits{180, 59, 59'999};
  std::uint64_t angle = 0;
  for (std::size_t part = 0; part < words.size() && part <= 3; ++part) {
    const std::string_view word = words[part];
    if (part > 0 && word.size() == 1 && directions.find(word) != std::string_view::npos) {
      if (angle > most_degrees * units[0]) return std::nullopt;
      const bool positive = word.front() == directions.front();
      words = words.subspan(part + 1);
      return static_cast<std::uint32_t>(positive ? equator + angle : equator - angle);
    }
    if (part == 3) break;
    const auto value = parse_decimal(word, part == 2 ? 3 : 0);
    if (!value || *value > limits[part] || (part < 2 && word.find('.') != std::string_view::npos))
      return std::nullopt;
    angle += *value * units[part];
  }
  return std::nullopt;
}

/// Metres with at most two decimals, in centimetres.
std::optional<std::uint64_t> parse_metres(std::string_view word) noexcept {
  if (word.ends_with('m')) word.remove_suffix(1);
  return parse_decimal(word, 2);
}

/// A size as one digit times a power of ten, in centimetres; what is more exact is cut off.
std::optional<std::uint8_t> parse_size(std::string_view word) noexcept {
  auto centimetres = parse_metres(word);
  if (!centimetres || *centimetres > 9'000'000'000) return std::nullopt;
  std::uint8_t power = 0;
  for (; *centimetres > 9; *centimetres /= 10) ++power;
  return static_cast<std::uint8_t>(*centimetres << 4 | power);
}

void put_u32(std::vector<std::byte>& out, std::uint32_t value) {
  std::array<std::byte, 4> octets;
  store_u32(octets.data(), value);
  out.insert(out.end(), octets.begin(), octets.end());
}

template <class... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 64> text{};
  // NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): literals below
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

std::string write_angle(std::uint32_t angle, std::string_view directions) {
  const bool positive = angle >= equator;
  const std::uint32_t distance = positive ? angle - equator : equator - angle;
  return formatted("%u %u %u.%03u %c ", distance / 3'600'000, distance / 60'000 % 60, distance / 1000 % 60,
                   distance % 1000, positive ? directions[0] : directions[1]);
}

std::string write_size(std::uint8_t size) {
  std::uint64_t centimetres = size >> 4;
  for (unsigned power = size & 15u; power > 0; --power) centimetres *= 10;
  const unsigned long long metres = centimetres / 100;
  return centimetres % 100 == 0 && metres > 0 ? formatted(" %llum", metres)
                                              : formatted(" %llu.%02um", metres, unsigned(centimetres % 100));
}

}  // namespace

const char* read_location(std::span<const std::string_view> words, std::vector<std::byte>& out) {
  const auto latitude = take_angle(words, "NS", 90);
  if (!latitude) return "bad latitude";
  const auto longitude = take_angle(words, "EW", 180);
  if (!longitude) return "bad longitude";
  if (words.empty()) return "the altitude is missing";
  const bool below = words.front().starts_with('-');
  const auto height = parse_metres(words.front().substr(below ? 1 : 0));
  words = words.subspan(1);
  if (!height || *height > 0xffff'ffff) return "bad altitude";
  const std::int64_t altitude = sea_level_cm + static_cast<std::int64_t>(*height) * (below ? -1 : 1);
  if (altitude < 0 || altitude > 0xffff'ffff) return "bad altitude";

  std::array<std::uint8_t, 3> sizes{0x12, 0x16, 0x13};  // 1 m, 10 km, 10 m
  if (words.size() > sizes.size()) return "too many words";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto size = parse_size(words[i]);
    if (!size) return "bad size or precision";
    sizes[i] = *size;
  }
  out.push_back(std::byte{0});  // the version
  for (const std::uint8_t size : sizes) out.push_back(std::byte{size});
  put_u32(out, *latitude);
  put_u32(out, *longitude);
  put_u32(out, static_cast<std::uint32_t>(altitude));
  return nullptr;
}

std::string write_location(Octets rdata) {
  WireReader reader(rdata);
  if (reader.u8() != 0) return "";
  std::array<std::uint8_t, 3> sizes;
  for (std::uint8_t& size : sizes) size = reader.u8();
  const std::uint32_t latitude = reader.u32();
  const std::uint32_t longitude = reader.u32();
  const std::int64_t altitude = reader.u32() - sea_level_cm;
  const auto distance = static_cast<unsigned long long>(altitude < 0 ? -altitude : altitude);
  std::string text = write_angle(latitude, "NS") + write_angle(longitude, "EW");
  text += formatted("%s%llu.%02llum", altitude < 0 ? "-" : "", distance / 100, distance % 100);
  for (const std::uint8_t size : sizes) text += write_size(size);
  return text;
}

}  // namespace doors
