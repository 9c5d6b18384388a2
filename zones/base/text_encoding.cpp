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
    for (held += 8; held >= width; held -= width)
      text += digits[(bits >> (held - width)) & ((1u << width) - 1)];
  }
  if (held > 0) text += digits[(bits << (width - held)) & ((1u << width) - 1)];
  return text;
}

/// Appends what the digits mean; false, and `out` as it was, if they are none.
bool decode(std::string_view text, const std::array<std::uint8_t, 256>& values, unsigned width,
            std::vector<std::byte>& out) {
  const std::size_t start = out.size();
  out.resize(start + text.size() * width / 8);
  std::byte* to = out.data() + start;
  std::uint32_t bits = 0;
  unsigned held = 0;
  bool fine = true;
  for (const char c : text) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    fine = fine && value != no_digit;
    bits = (bits << width) | (value & ((1u << width) - 1));
    held += width;
    if (held >= 8) {
      held -= 8;
      *to++ = static_cast<std::byte>((bits >> held) & 0xff);
    }
  }
  // Not so with a whole digit too many, or bits that say something the octets do not.
  fine = fine && held < width && (bits & ((1u << held) - 1)) == 0;
  if (!fine) out.resize(start);
  return fine;
}

std::optional<std::vector<std::byte>> made_by(bool (*append)(std::string_view, std::vector<std::byte>&),
                                              std::string_view text) {
  std::vector<std::byte> octets;
  if (!append(text, octets)) return std::nullopt;
  return octets;
}

}  // namespace

std::string to_hex(Octets octets) { return encode(octets, hex_digits, 4); }
bool append_hex(std::string_view text, std::vector<std::byte>& out) {
  return decode(text, hex_values, 4, out);
}
std::optional<std::vector<std::byte>> from_hex(std::string_view text) { return made_by(&append_hex, text); }

std::string to_base64(Octets octets) {
  std::string text = encode(octets, base64_digits, 6);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}
bool append_base64(std::string_view text, std::vector<std::byte>& out) {
  if (text.size() % 4 != 0) return false;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode(text, base64_values, 6, out);
}
std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  return made_by(&append_base64, text);
}

std::string to_base32hex(Octets octets) { return encode(octets, base32hex_digits, 5); }
bool append_base32hex(std::string_view text, std::vector<std::byte>& out) {
  return decode(text, base32hex_values, 5, out);
}
std::optional<std::vector<std::byte>> from_base32hex(std::string_view text) {
  return made_by(&append_base32hex, text);
}

}  // namespace doors
