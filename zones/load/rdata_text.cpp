#include "zones/load/rdata_text.h"

#include <algorithm>
#include <charconv>

#include "zones/dns/rdata_check.h"
#include "zones/load/ldns_record.h"
#include "zones/load/rdata_format.h"
#include "zones/load/text_fields.h"

namespace doors {

namespace {

void read_field(char field, TextFields& fields) {
  switch (field) {
    case 'n':
      return fields.name();
    case 'b':
      return fields.number(0xff, 1);
    case 'w':
      return fields.number(0xffff, 2);
    case 'l':
      return fields.number(0xffff'ffff, 4);
    case 't':
      return fields.seconds();
    case 'g':
      return fields.mnemonic(dnssec_algorithms, 1);
    case 'T':
      return fields.type();
    case 'a':
      return fields.ipv4();
    case 'A':
      return fields.ipv6();
    case 's':
      return fields.character_string();
    case 'S':
      return fields.character_strings();
    case 'q':
      return fields.long_string();
    case 'c':
      return fields.caa_tag();
    case 'i':
      return fields.groups_of_hex();
    case 'e':
      return fields.eui(6);
    case 'E':
      return fields.eui(8);
    case 'x':
      return fields.hex();
    case 'B':
      return fields.base64();
    case 'X':
      return fields.hex_with_length();
    case 'h':
      return fields.base32_with_length();
    case 'D':
      return fields.time();
    case 'M':
      return fields.type_bitmaps();
    case 'v':
      return fields.svc_params();
    case 'r':
      return fields.amt_relay();
    case 'Y':
      return fields.mnemonic(dsync_schemes, 1);
    case 'C':
      return fields.mnemonic(certificate_types, 2);
    case 'k':
      return fields.ipseckey();
    case 'H':
      return fields.host_identity();
    case 'W':
      return fields.well_known_services();
    default:
      return fields.fail("no such field");
  }
}

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
  digits.hex();
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
  if (words.empty() && raw(type) != 42)  // ldns makes a LOC of nothing; only an APL may be empty
    return fields.fail("the RDATA is missing");
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
      for (; *format != '\0' && !fields.failed(); ++format) read_field(*format, fields);
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
  std::uint64_t total = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  bool plain = true;
  while (at != end) {
    std::uint64_t count = 0;
    const auto [behind, problem] = std::from_chars(at, end, count);
    if (problem != std::errc{} || count > 0xffff'ffff) return std::nullopt;
    at = behind;
    std::uint64_t unit = 1;
    if (at == end) {
      if (!plain) return std::nullopt;  // "1h30": thirty what?
    } else {
      switch (*at++) {
        case 's':
        case 'S':
          break;
        case 'm':
        case 'M':
          unit = 60;
          break;
        case 'h':
        case 'H':
          unit = 3600;
          break;
        case 'd':
        case 'D':
          unit = 86'400;
          break;
        case 'w':
        case 'W':
          unit = 604'800;
          break;
        default:
          return std::nullopt;
      }
    }
    plain = false;
    total += count * unit;
    if (total > 0xffff'ffff) return std::nullopt;
  }
  if (text.empty()) return std::nullopt;
  return static_cast<std::uint32_t>(total);
}

}  // namespace doors
