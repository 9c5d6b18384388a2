#include "zones/load/rdata_text.h"

#include <array>
#include <charconv>

#include "zones/base/ascii.h"
#include "zones/dns/rdata_check.h"
#include "zones/dns/rdata_format.h"
#include "zones/load/ldns_record.h"
#include "zones/load/text_fields.h"

namespace doors {

namespace {

/// RFC 3597 §5: `\# length hex`, the length in octets.
void read_generic(std::span<const Token> words, TextFields& fields, std::vector<std::byte>& out) {
  if (words.empty()) return fields.fail("the length behind \\# is missing");
  std::size_t length = 0;
  const std::string_view text = words.front().text;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (problem != std::errc{} || end != text.data() + text.size() || length > 0xffff) {
    return fields.fail("\"" + std::string(text) + "\" is no length up to 65535");
  }
  TextFields digits(words.subspan(1), NameView(), out);
  digits.generic();
  if (digits.failed()) return fields.fail(digits.problem());
  if (out.size() != length) {
    fields.fail("\\# says " + std::to_string(length) + " octets, and " + std::to_string(out.size()) +
                " follow");
  }
}

/// RFC 8078 §4 as it was printed: "CDS 0 0 0 0" and "CDNSKEY 0 3 0 0", which mean one octet 00.
bool read_deletion(RRType type, std::span<const Token> words, std::vector<std::byte>& out) {
  if ((type != RRType::cds && type != RRType::cdnskey) || words.size() != 4 || words[3].text != "0")
    return false;
  if (words[0].text != "0" || words[1].text != (type == RRType::cds ? "0" : "3") || words[2].text != "0")
    return false;
  out.assign(5, std::byte{0});
  if (type == RRType::cdnskey) out[2] = std::byte{3};
  return true;
}

/// The words as ldns reads them, with single blanks between.
std::string join(std::span<const Token> words) {
  std::string text;
  for (const Token& word : words) {
    if (!text.empty()) text += ' ';
    if (word.quoted) text += '"';
    text += word.text;
    if (word.quoted) text += '"';
  }
  return text;
}

void read_by_ldns(RRType type, std::span<const Token> words, NameView origin, TextFields& fields,
                  std::vector<std::byte>& out) {
  auto made = ldns_read_rdata(type, join(words), origin);
  if (!made) return fields.fail(made.error().message);
  out = *std::move(made);
}

}  // namespace

Expected<void, RdataProblem> parse_rdata(RRType type, std::span<const Token> words, NameView origin,
                                         std::vector<std::byte>& out) {
  out.clear();
  TextFields fields(words, origin, out);
  if (!words.empty() && !words.front().quoted && words.front().text == "\\#") {
    read_generic(words.subspan(1), fields, out);
  } else if (const char* format = rdata_format(type)) {
    if (!read_deletion(type, words, out)) {
      for (; *format != '\0' && !fields.failed(); ++format) fields.field(RdataField(*format));
      if (fields.more()) fields.fail("too many words");
    }
  } else {
    read_by_ldns(type, words, origin, fields, out);
  }
  if (!fields.failed() && out.size() > 0xffff) fields.fail("RDATA over 65535 octets");
  if (!fields.failed() && !valid_rdata(type, out)) fields.fail("bad RDATA for type " + to_string(type));
  if (fields.failed()) return Unexpected(RdataProblem{fields.line(), fields.problem()});
  return {};
}

std::optional<std::uint32_t> parse_seconds(std::string_view text) noexcept {
  constexpr std::string_view units = "smhdw";
  constexpr std::array<std::uint64_t, units.size()> seconds_of{1, 60, 3600, 86'400, 604'800};
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  for (std::string_view rest = text; !rest.empty();) {
    std::uint64_t count = 0;
    const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (problem != std::errc{} || count > 0xffff'ffff) return std::nullopt;
    const bool is_all = rest.size() == text.size() && end == rest.data() + rest.size();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (!is_all) {
      if (rest.empty()) return std::nullopt;  // "1h30": thirty what?
      const std::size_t unit = units.find(ascii_lower(rest.front()));
      if (unit == std::string_view::npos) return std::nullopt;
      count *= seconds_of[unit];
      rest.remove_prefix(1);
    }
    total += count;
    if (total > 0xffff'ffff) return std::nullopt;
  }
  return static_cast<std::uint32_t>(total);
}

}  // namespace doors
