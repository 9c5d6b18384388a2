// The fields that many types have. What only one type has is in text_fields_rare.cpp.
#include "zones/load/text_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include <arpa/inet.h>

#include "zones/base/ascii.h"
#include "zones/base/text_encoding.h"
#include "zones/dns/types.h"
#include "zones/load/character_string.h"
#include "zones/load/rdata_text.h"

namespace doors {

namespace {

/// An address by inet_pton(), which wants a terminated string.
bool parse_address(int family, std::string_view text, void* to) noexcept {
  std::array<char, 64> terminated{};
  if (text.size() >= terminated.size()) return false;
  std::copy(text.begin(), text.end(), terminated.begin());
  return ::inet_pton(family, terminated.data(), to) == 1;
}

/// YYYYMMDDHHmmSS as seconds since 1970, modulo 2^32 (RFC 4034 §3.2); a leap second is the next minute's
/// first.
std::optional<std::uint32_t> calendar_time(std::string_view text) noexcept {
  const auto part = [text](std::size_t from, std::size_t count) {
    return parse_digits(text.substr(from, count)).value_or(99);
  };
  namespace chrono = std::chrono;
  const auto year = parse_digits(text.substr(0, 4));
  if (!year) return std::nullopt;
  const chrono::year_month_day date{chrono::year(static_cast<int>(*year)),
                                    chrono::month(static_cast<unsigned>(part(4, 2))),
                                    chrono::day(static_cast<unsigned>(part(6, 2)))};
  if (!date.ok() || part(8, 2) > 23 || part(10, 2) > 59 || part(12, 2) > 60) return std::nullopt;
  const auto days = chrono::sys_days(date).time_since_epoch().count();
  return static_cast<std::uint32_t>(
      static_cast<std::int64_t>(days) * 86'400 +
      static_cast<std::int64_t>(part(8, 2) * 3600 + part(10, 2) * 60 + part(12, 2)));
}

}  // namespace

std::optional<std::uint64_t> parse_digits(std::string_view text, int base) noexcept {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void TextFields::field(RdataField kind) {
  switch (kind) {
    case RdataField::name:
      return name();
    case RdataField::number8:
      return number(0xff, 1);
    case RdataField::number16:
      return number(0xffff, 2);
    case RdataField::number32:
      return number(0xffff'ffff, 4);
    case RdataField::number64:
      return number(~std::uint64_t{0}, 8);
    case RdataField::seconds:
      return seconds();
    case RdataField::time:
      return time();
    case RdataField::type:
      return type();
    case RdataField::algorithm:
      return mnemonic(dnssec_algorithms, 1);
    case RdataField::certificate_type:
      return mnemonic(certificate_types, 2);
    case RdataField::dsync_scheme:
      return mnemonic(dsync_schemes, 1);
    case RdataField::ipv4:
      return ipv4();
    case RdataField::ipv6:
      return ipv6();
    case RdataField::groups_of_hex:
      return groups_of_hex();
    case RdataField::eui48:
      return eui(6);
    case RdataField::eui64:
      return eui(8);
    case RdataField::string:
    case RdataField::psdn_address:
    case RdataField::tag:
      return string();
    case RdataField::optional_string:
      if (more()) string();
      return;
    case RdataField::strings:
      do string();
      while (more());
      return;
    case RdataField::text:
    case RdataField::some_text:
      return text();
    case RdataField::hex:
    case RdataField::ds_digest:
    case RdataField::sshfp_fingerprint:
    case RdataField::zonemd_digest:
      return hex();
    case RdataField::salt:
      return salt();
    case RdataField::hash:
      return hash();
    case RdataField::base64:
    case RdataField::optional_base64:
    case RdataField::key:
      return base64();
    case RdataField::dashed_base64:
      return dashed_base64();
    case RdataField::type_bitmaps:
      return type_bitmaps();
    case RdataField::nxt_bitmap:
      return nxt_bitmap();
    case RdataField::svc_params:
      return svc_params();
    case RdataField::location:
      return location();
    case RdataField::nsap_address:
      return nsap_address();
    case RdataField::atm_address:
      return atm_address();
    case RdataField::services:
      return services();
    case RdataField::a6:
      return a6();
    case RdataField::ipseckey:
      return ipseckey();
    case RdataField::host_identity:
      return host_identity();
    case RdataField::amt_relay:
      return amt_relay();
  }
}

std::uint32_t TextFields::line() const noexcept {
  if (words_.empty()) return 0;
  return words_[next_ == 0 ? 0 : std::min(next_, words_.size()) - 1].line;
}

void TextFields::fail(std::string why) {
  if (problem_.empty()) problem_ = std::move(why);
}

const Token& TextFields::take_string(const char* what) {
  static const Token none;
  if (failed()) return none;
  if (next_ == words_.size()) {
    fail(std::string(what) + " is missing");
    return none;
  }
  return words_[next_++];
}

std::string_view TextFields::take(const char* what) {
  const Token& word = take_string(what);
  if (word.quoted) fail_at(word.text, std::string("stands in quotes: ") + what + " does not");
  return word.text;
}

std::string_view TextFields::take_rest() {
  if (failed()) return {};
  if (words_.size() - next_ == 1) return take("digits");
  joined_.clear();
  while (more()) joined_ += take("digits");
  return joined_;
}

void TextFields::put_number(std::uint64_t value, std::size_t octets) {
  for (std::size_t i = octets; i-- > 0;) out_.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xff));
}

void TextFields::name() {
  const std::string_view word = take("a name");
  if (failed()) return;
  Name parsed;
  if (const char* problem = parsed.assign(word, origin_))
    return fail(std::string(problem) + " in \"" + std::string(word) + "\"");
  put(parsed.wire());
}

void TextFields::number(std::uint64_t most, std::size_t octets) {
  const std::string_view word = take("a number");
  if (failed()) return;
  const auto value = parse_digits(word);
  if (!value || *value > most) return fail_at(word, "is no number up to " + std::to_string(most));
  put_number(*value, octets);
}

void TextFields::seconds() {
  const std::string_view word = take("a number of seconds");
  if (failed()) return;
  const auto value = parse_seconds(word);
  if (!value) return fail_at(word, "is no number of seconds");
  put_number(*value, 4);
}

void TextFields::time() {
  const std::string_view word = take("a time");
  if (failed()) return;
  std::optional<std::uint32_t> seconds;
  if (word.size() == 14) {
    if (parse_digits(word)) seconds = calendar_time(word);
  } else if (const auto number = parse_digits(word); number && *number <= 0xffff'ffff) {
    seconds = static_cast<std::uint32_t>(*number);
  }
  if (!seconds) return fail_at(word, "is no time YYYYMMDDHHmmSS");
  put_number(*seconds, 4);
}

void TextFields::type() {
  const std::string_view word = take("a type");
  if (failed()) return;
  const auto parsed = parse_type(word);
  if (!parsed) return fail("unknown type \"" + std::string(word) + "\"");
  put_number(raw(*parsed), 2);
}

void TextFields::mnemonic(std::span<const Mnemonic> known, std::size_t octets) {
  const std::string_view word = take("a number");
  if (failed()) return;
  auto value = parse_digits(word);
  for (const Mnemonic& each : known) {
    if (equal_ignoring_case(each.word, word)) value = each.number;
  }
  if (!value || (*value >> (8 * octets)) != 0) return fail_at(word, "is not known here");
  put_number(*value, octets);
}

void TextFields::ipv4() {
  const std::string_view word = take("an IPv4 address");
  if (failed()) return;
  std::array<std::byte, 4> octets;
  if (!parse_address(AF_INET, word, octets.data())) return fail_at(word, "is no IPv4 address");
  put(octets);
}

void TextFields::ipv6() {
  const std::string_view word = take("an IPv6 address");
  if (failed()) return;
  std::array<std::byte, 16> octets;
  if (!parse_address(AF_INET6, word, octets.data())) return fail_at(word, "is no IPv6 address");
  put(octets);
}

void TextFields::string() {
  const Token& word = take_string("a character-string");
  if (failed()) return;
  const std::size_t start = out_.size();
  out_.push_back(std::byte{0});
  if (const char* problem = unescape(word.text, out_)) return fail(problem);
  const std::size_t size = out_.size() - start - 1;
  if (size > 255) return fail("character-string over 255 octets");
  out_[start] = static_cast<std::byte>(size);
}

void TextFields::text() {
  const Token& word = take_string("a string");
  if (failed()) return;
  if (const char* problem = unescape(word.text, out_)) return fail(problem);
}

void TextFields::generic() {
  if (!append_hex(take_rest(), out_)) fail("bad hex digits");
}

void TextFields::hex() {
  if (!failed() && !more()) return fail("hex digits are missing");
  generic();
}

void TextFields::base64() {
  if (!append_base64(take_rest(), out_)) fail("bad base 64");
}

void TextFields::salt() {
  const std::string_view word = take("hex digits");
  if (failed()) return;
  const std::size_t start = out_.size();
  out_.push_back(std::byte{0});
  if (word == "-") return;
  if (word.size() > 510 || !append_hex(word, out_)) return fail("bad hex digits");
  out_[start] = static_cast<std::byte>(out_.size() - start - 1);
}

void TextFields::hash() {
  const std::string_view word = take("a hash in base 32");
  if (failed()) return;
  const std::size_t start = out_.size();
  out_.push_back(std::byte{0});
  if (word.size() > 408 || !append_base32hex(word, out_)) return fail("bad base 32");
  out_[start] = static_cast<std::byte>(out_.size() - start - 1);
}

void TextFields::type_bitmaps() {
  std::vector<std::uint16_t> types;
  while (more()) {
    const std::string_view word = take("a type");
    const auto parsed = parse_type(word);
    if (!parsed) return fail("unknown type \"" + std::string(word) + "\"");
    types.push_back(raw(*parsed));
  }
  std::sort(types.begin(), types.end());
  // Windows of 256 types each; only those that are used get octets (RFC 4034 §4.1.2).
  for (std::size_t i = 0; i < types.size();) {
    const unsigned window = types[i] / 256u;
    std::array<std::byte, 32> bits{};
    std::size_t used = 0;
    for (; i < types.size() && types[i] / 256u == window; ++i) {
      const std::size_t bit = types[i] % 256u;
      bits[bit / 8] |= static_cast<std::byte>(0x80u >> (bit % 8));
      used = bit / 8 + 1;
    }
    put_number(window, 1);
    put_number(used, 1);
    put(Octets(bits).first(used));
  }
}

}  // namespace doors
