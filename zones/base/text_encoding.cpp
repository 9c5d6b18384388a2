#include "zones/base/text_encoding.h"

#include <array>
#include <cstdint>

namespace doors {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base32hex_digits = "0123456789abcdefghijklmnopqrstuv";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xff;

/// The value of each character; no_digit for one outside the alphabet.
constexpr std::array<std::uint8_t, 256> values_of(std::string_view digits, bool either_case) {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
    if (either_case && digits[i] >= 'a') {
      values[static_cast<unsigned char>(digits[i] - 'a' + 'A')] = static_cast<std::uint8_t>(i);
    }
  }
  return values;
}
constexpr auto hex_values = values_of(hex_digits, true);
constexpr auto base32hex_values = values_of(base32hex_digits, true);
constexpr auto base64_values = values_of(base64_digits, false);

/// Digits of `width` bits each, the last one filled up with zero bits.
std::string encode(Octets octets, std::string_view digits, unsigned width) {
  std::string text;
  text.reserve((octets.size() * 8 + width - 1) / width);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const std::byte octet : octets) {
    bits = (bits << 8) | std::to_integer<std::uint32_t>(octet);
    for (held += 8; held >= width; held -= width) text += digits[(bits >> (held - width)) & ((1u << width) - 1)];
  }
  if (held > 0) text += digits[(bits << (width - held)) & ((1u << width) - 1)];
  return text;
}

std::optional<std::vector<std::byte>> decode(std::string_view text, const std::array<std::uint8_t, 256>& values,
                                             unsigned width) {
  std::vector<std::byte> octets;
  octets.reserve(text.size() * width / 8);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == no_digit) return std::nullopt;
    bits = (bits << width) | value;
    held += width;
    if (held >= 8) {
      held -= 8;
      octets.push_back(static_cast<std::byte>((bits >> held) & 0xff));
    }
  }
  // A whole digit too many, or bits that say something the octets do not.
  if (held >= width || (bits & ((1u << held) - 1)) != 0) return std::nullopt;
  return octets;
}

}  // namespace

std::string to_hex(Octets octets) { return encode(octets, hex_digits, 4); }
std::optional<std::vector<std::byte>> from_hex(std::string_view text) { return decode(text, hex_values, 4); }

std::string to_base64(Octets octets) {
  std::string text = encode(octets, base64_digits, 6);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode(text, base64_values, 6);
}

std::string to_base32hex(Octets octets) { return encode(octets, base32hex_digits, 5); }
std::optional<std::vector<std::byte>> from_base32hex(std::string_view text) {
  return decode(text, base32hex_values, 5);
}

}  // namespace doors
