#include "zones/load/text_fields.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <chrono>
#include <cstring>

#include <arpa/inet.h>
#include <netdb.h>

#include "zones/base/text_encoding.h"
#include "zones/dns/types.h"
#include "zones/load/rdata_text.h"

namespace doors {

namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return lower(static_cast<std::byte>(x)) == lower(static_cast<std::byte>(y));
  });
}

/// A whole unsigned number, digits only.
std::optional<std::uint64_t> digits(std::string_view text, int base = 10) noexcept {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// An address by inet_pton(), which wants a terminated string.
bool address(int family, std::string_view text, void* to) noexcept {
  std::array<char, 64> terminated{};
  if (text.size() >= terminated.size()) return false;
  std::copy(text.begin(), text.end(), terminated.begin());
  return ::inet_pton(family, terminated.data(), to) == 1;
}

/// YYYYMMDDHHmmSS as seconds since 1970, modulo 2^32 (RFC 4034 §3.2).
std::optional<std::uint32_t> calendar_time(std::string_view text) noexcept {
  const auto part = [text](std::size_t from, std::size_t count) {
    return digits(text.substr(from, count)).value_or(99);
  };
  namespace chrono = std::chrono;
  const auto year = digits(text.substr(0, 4));
  if (!year) return std::nullopt;
  const chrono::year_month_day date{chrono::year(static_cast<int>(*year)),
                                    chrono::month(static_cast<unsigned>(part(4, 2))),
                                    chrono::day(static_cast<unsigned>(part(6, 2)))};
  if (!date.ok() || part(8, 2) > 23 || part(10, 2) > 59 || part(12, 2) > 59) return std::nullopt;
  const auto days = chrono::sys_days(date).time_since_epoch().count();
  return static_cast<std::uint32_t>(
      static_cast<std::int64_t>(days) * 86'400 +
      static_cast<std::int64_t>(part(8, 2) * 3600 + part(10, 2) * 60 + part(12, 2)));
}

/// A port by number, or by the name that /etc/services gives it.
std::optional<std::uint16_t> service_port(std::string_view text, const char* protocol) {
  if (const auto number = digits(text)) {
    return *number <= 0xffff ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
  }
  std::string name;
  for (const char c : text) name += static_cast<char>(lower(static_cast<std::byte>(c)));
  servent found{};
  servent* result = nullptr;
  std::array<char, 2048> buffer;
  if (::getservbyname_r(name.c_str(), protocol, &found, buffer.data(), buffer.size(), &result) != 0 ||
      result == nullptr) {
    return std::nullopt;
  }
  return ntohs(static_cast<std::uint16_t>(result->s_port));
}

}  // namespace

const char* unescape(std::string_view text, std::vector<std::byte>& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\\') {
      if (++i == text.size()) return "escape at the end";
      c = text[i];
      if (c >= '0' && c <= '9') {
        const auto value = i + 3 <= text.size() ? digits(text.substr(i, 3)) : std::nullopt;
        if (!value || *value > 255) return "bad \\DDD escape";
        c = static_cast<char>(*value);
        i += 2;
      }
    }
    out.push_back(static_cast<std::byte>(c));
  }
  return nullptr;
}

std::uint32_t TextFields::line() const noexcept {
  if (words_.empty()) return 0;
  return words_[next_ == 0 ? 0 : std::min(next_, words_.size()) - 1].line;
}

void TextFields::fail(std::string why) {
  if (problem_.empty()) problem_ = std::move(why);
}

const Token& TextFields::take(const char* what) {
  static const Token none;
  if (failed()) return none;
  if (next_ == words_.size()) {
    fail(std::string(what) + " is missing");
    return none;
  }
  return words_[next_++];
}

void TextFields::put_number(std::uint64_t value, std::size_t octets) {
  for (std::size_t i = octets; i-- > 0;) out_.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xff));
}

void TextFields::name() {
  const Token& word = take("a name");
  if (failed()) return;
  Name parsed;
  if (const char* problem = parsed.assign(word.text, origin_)) {
    return fail(std::string(problem) + " in \"" + std::string(word.text) + "\"");
  }
  put(parsed.wire());
}

void TextFields::number(std::uint64_t most, std::size_t octets) {
  const Token& word = take("a number");
  if (failed()) return;
  const auto value = digits(word.text);
  if (!value || *value > most)
    return fail("\"" + std::string(word.text) + "\" is no number up to " + std::to_string(most));
  put_number(*value, octets);
}

void TextFields::seconds() {
  const Token& word = take("a number of seconds");
  if (failed()) return;
  const auto value = parse_seconds(word.text);
  if (!value) return fail("\"" + std::string(word.text) + "\" is no number of seconds");
  put_number(*value, 4);
}

void TextFields::ipv4() {
  const Token& word = take("an IPv4 address");
  if (failed()) return;
  std::array<std::byte, 4> octets;
  if (!address(AF_INET, word.text, octets.data()))
    return fail("\"" + std::string(word.text) + "\" is no IPv4 address");
  put(octets);
}

void TextFields::ipv6() {
  const Token& word = take("an IPv6 address");
  if (failed()) return;
  std::array<std::byte, 16> octets;
  if (!address(AF_INET6, word.text, octets.data()))
    return fail("\"" + std::string(word.text) + "\" is no IPv6 address");
  put(octets);
}

void TextFields::put_string(const Token& word, std::size_t most, bool with_length) {
  const std::size_t start = out_.size();
  if (with_length) out_.push_back(std::byte{0});
  if (word.inner_quotes) return fail("quote inside a word");
  if (const char* problem = unescape(word.text, out_)) return fail(problem);
  const std::size_t size = out_.size() - start - (with_length ? 1 : 0);
  if (size > most) return fail("character-string over " + std::to_string(most) + " octets");
  if (with_length) out_[start] = static_cast<std::byte>(size);
}

void TextFields::character_string() {
  const Token& word = take("a character-string");
  if (!failed()) put_string(word, 255, true);
}

void TextFields::character_strings() {
  do character_string();
  while (more());
}

void TextFields::long_string() {
  const Token& word = take("a string");
  if (!failed()) put_string(word, 65'535, false);
}

namespace {

/// All words that are left as one; `joined` holds it when there are several.
std::string_view join(std::span<const Token> words, std::string& joined) {
  if (words.size() == 1) return words.front().text;
  for (const Token& word : words) joined += word.text;
  return joined;
}

}  // namespace

void TextFields::hex() {
  if (failed()) return;
  std::string joined;
  const std::string_view text = join(words_.subspan(next_), joined);
  next_ = words_.size();
  if (!append_hex(text, out_)) fail("bad hex digits");
}

void TextFields::base64() {
  if (failed()) return;
  std::string joined;
  const std::string_view text = join(words_.subspan(next_), joined);
  next_ = words_.size();
  if (!append_base64(text, out_)) fail("bad base 64");
}

void TextFields::hex_with_length() {
  const Token& word = take("hex digits");
  if (failed()) return;
  const std::size_t start = out_.size();
  out_.push_back(std::byte{0});
  if (word.text == "-") return;
  if (word.text.size() > 510 || !append_hex(word.text, out_)) return fail("bad hex digits");
  out_[start] = static_cast<std::byte>(out_.size() - start - 1);
}

void TextFields::base32_with_length() {
  const Token& word = take("a hash in base 32");
  if (failed()) return;
  const std::size_t start = out_.size();
  out_.push_back(std::byte{0});
  if (word.text.size() > 408 || !append_base32hex(word.text, out_)) return fail("bad base 32");
  out_[start] = static_cast<std::byte>(out_.size() - start - 1);
}

void TextFields::mnemonic(std::span<const Mnemonic> known, std::size_t octets) {
  const Token& word = take("a number");
  if (failed()) return;
  auto value = digits(word.text);
  for (const Mnemonic& each : known) {
    if (equal_ignoring_case(each.word, word.text)) value = each.number;
  }
  if (!value || (*value >> (8 * octets)) != 0)
    return fail("\"" + std::string(word.text) + "\" is not known here");
  put_number(*value, octets);
}

void TextFields::type() {
  const Token& word = take("a type");
  if (failed()) return;
  const auto parsed = parse_type(word.text);
  if (!parsed) return fail("unknown type \"" + std::string(word.text) + "\"");
  put_number(raw(*parsed), 2);
}

void TextFields::time() {
  const Token& word = take("a time");
  if (failed()) return;
  std::optional<std::uint32_t> seconds;
  if (word.text.size() == 14) {
    if (digits(word.text)) seconds = calendar_time(word.text);
  } else if (const auto number = digits(word.text); number && *number <= 0xffff'ffff) {
    seconds = static_cast<std::uint32_t>(*number);
  }
  if (!seconds) return fail("\"" + std::string(word.text) + "\" is no time YYYYMMDDHHmmSS");
  put_number(*seconds, 4);
}

void TextFields::type_bitmaps() {
  // Windows of 256 types each; only those that are used get octets (RFC 4034 §4.1.2).
  std::array<std::byte, 32> bits{};
  std::vector<std::uint16_t> far;  // types beyond window 0: rare
  while (more()) {
    const Token& word = take("a type");
    const auto parsed = parse_type(word.text);
    if (!parsed) return fail("unknown type \"" + std::string(word.text) + "\"");
    const std::uint16_t number = raw(*parsed);
    if (number < 256)
      bits[number / 8] |= static_cast<std::byte>(0x80u >> (number % 8));
    else
      far.push_back(number);
  }
  const auto put_window = [this, &bits](std::size_t window) {
    std::size_t used = bits.size();
    while (used > 0 && bits[used - 1] == std::byte{0}) --used;
    if (used == 0) return;
    out_.push_back(static_cast<std::byte>(window));
    out_.push_back(static_cast<std::byte>(used));
    put(Octets(bits).first(used));
    bits.fill(std::byte{0});
  };
  put_window(0);
  std::sort(far.begin(), far.end());
  for (std::size_t i = 0; i < far.size(); ++i) {
    bits[far[i] % 256 / 8] |= static_cast<std::byte>(0x80u >> (far[i] % 8));
    if (i + 1 == far.size() || far[i + 1] / 256 != far[i] / 256) put_window(far[i] / 256);
  }
}

void TextFields::caa_tag() {
  const Token& word = take("a tag");
  if (failed()) return;
  const auto is_alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (!std::all_of(word.text.begin(), word.text.end(), is_alphanumeric))
    return fail("bad tag \"" + std::string(word.text) + "\"");
  put_string(word, 255, true);
}

void TextFields::groups_of_hex() {
  const Token& word = take("64 bits");
  if (failed()) return;
  std::string_view rest = word.text;
  std::uint64_t value = 0;
  for (int group = 0; group < 4; ++group) {
    const std::size_t end = group < 3 ? rest.find(':') : rest.size();
    const auto part =
        end == std::string_view::npos || end > 4 ? std::nullopt : digits(rest.substr(0, end), 16);
    if (!part) return fail("\"" + std::string(word.text) + "\" is not four groups of hex digits");
    value = (value << 16) | *part;
    if (group < 3) rest.remove_prefix(end + 1);
  }
  put_number(value, 8);
}

void TextFields::eui(std::size_t octets) {
  const Token& word = take("an address");
  if (failed()) return;
  bool fine = word.text.size() == octets * 3 - 1;
  for (std::size_t i = 0; fine && i < octets; ++i) {
    fine = append_hex(word.text.substr(i * 3, 2), out_) && (i + 1 == octets || word.text[i * 3 + 2] == '-');
  }
  if (!fine) fail("\"" + std::string(word.text) + "\" is no EUI-" + std::to_string(octets * 8));
}

void TextFields::amt_relay() {  // RFC 8777 §4.3
  number(255, 1);
  const std::size_t kind_at = out_.size() + 1;
  number(1, 1);
  number(127, 1);
  if (failed()) return;
  const std::byte optional_discovery = out_[kind_at - 1];
  const std::byte kind = out_[kind_at];
  out_.pop_back();
  out_.back() = (optional_discovery << 7) | kind;
  relay(kind);
}

void TextFields::relay(std::byte kind) {
  switch (std::to_integer<unsigned>(kind)) {
    case 0:
      if (take("a gateway").text != ".") fail("no gateway is written \".\"");
      return;
    case 1:
      return ipv4();
    case 2:
      return ipv6();
    case 3:
      return name();
    default:
      fail("unknown type of gateway");
  }
}

void TextFields::ipseckey() {  // RFC 4025 §3.1
  number(255, 1);
  number(255, 1);
  const std::size_t kind_at = out_.size() - 1;
  number(255, 1);
  if (failed()) return;
  relay(out_[kind_at]);
  base64();
}

void TextFields::host_identity() {  // RFC 8005 §6; in wire form the lengths come first
  std::vector<std::byte> algorithm;
  TextFields first(words_.subspan(next_), origin_, algorithm);
  first.number(255, 1);
  if (first.failed()) return fail(first.problem());
  ++next_;
  const Token& tag = take("a host identity tag");
  const Token& key = take("a public key");
  if (failed()) return;
  std::vector<std::byte> tag_octets;
  std::vector<std::byte> key_octets;
  if (!append_hex(tag.text, tag_octets) || tag_octets.empty() || tag_octets.size() > 255)
    return fail("bad hex digits");
  if (!append_base64(key.text, key_octets) || key_octets.empty() || key_octets.size() > 0xffff)
    return fail("bad base 64");
  put_number(tag_octets.size(), 1);
  put(algorithm);
  put_number(key_octets.size(), 2);
  put(tag_octets);
  put(key_octets);
  while (more()) name();
}

void TextFields::well_known_services() {  // RFC 1035 §3.4.2: a bit for each port
  ipv4();
  mnemonic(wks_protocols, 1);
  if (failed()) return;
  const char* const protocol = out_.back() == std::byte{17} ? "udp" : "tcp";
  std::vector<std::byte> bits;
  while (more()) {
    const Token& word = take("a service");
    const auto port = service_port(word.text, protocol);
    if (!port) return fail("unknown service \"" + std::string(word.text) + "\"");
    if (bits.size() <= *port / 8u) bits.resize(*port / 8u + 1);
    bits[*port / 8u] |= static_cast<std::byte>(0x80u >> (*port % 8u));
  }
  put(bits);
}

void TextFields::svc_params() {
  if (failed()) return;
  const auto words = words_.subspan(next_);
  next_ = words_.size();
  if (std::string problem = read_svc_params(words, out_); !problem.empty()) fail(std::move(problem));
}

}  // namespace doors
