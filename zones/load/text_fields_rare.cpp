// The fields that only one type has, or a family of two.
#include <algorithm>
#include <array>
#include <string>

#include <netdb.h>

#include "zones/base/ascii.h"
#include "zones/base/text_encoding.h"
#include "zones/dns/types.h"
#include "zones/load/location_text.h"
#include "zones/load/svc_params_text.h"
#include "zones/load/text_fields.h"

namespace doors {

namespace {

/// A port by number, or by the name that /etc/services gives it.
std::optional<std::uint16_t> service_port(std::string_view text, const char* protocol) {
  if (const auto number = parse_digits(text)) {
    return *number <= 0xffff ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
  }
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(), ascii_lower);
  servent found{};
  servent* result = nullptr;
  std::array<char, 2048> buffer;
  if (::getservbyname_r(name.c_str(), protocol, &found, buffer.data(), buffer.size(), &result) != 0 ||
      result == nullptr) {
    return std::nullopt;
  }
  return ntohs(static_cast<std::uint16_t>(result->s_port));
}

std::string without_dots(std::string_view text) {
  std::string kept(text);
  std::erase(kept, '.');
  return kept;
}

}  // namespace

void TextFields::nxt_bitmap() {  // RFC 2535 §5.2: one bit for each of the first 128 types
  std::vector<std::byte> bits;
  while (more()) {
    const std::string_view word = take("a type");
    const auto parsed = parse_type(word);
    if (!parsed || raw(*parsed) > 127) return fail_at(word, "is no type up to 127");
    const std::size_t bit = raw(*parsed);
    bits.resize(std::max(bits.size(), bit / 8 + 1));
    bits[bit / 8] |= static_cast<std::byte>(0x80u >> (bit % 8));
  }
  put(bits);
}

void TextFields::groups_of_hex() {  // RFC 6742 §2.1.1
  const std::string_view word = take("64 bits");
  if (failed()) return;
  std::string_view rest = word;
  std::uint64_t value = 0;
  for (int group = 0; group < 4; ++group) {
    const std::size_t end = group < 3 ? rest.find(':') : rest.size();
    const auto part =
        end == std::string_view::npos || end > 4 ? std::nullopt : parse_digits(rest.substr(0, end), 16);
    if (!part) return fail_at(word, "is not four groups of hex digits");
    value = (value << 16) | *part;
    if (group < 3) rest.remove_prefix(end + 1);
  }
  put_number(value, 8);
}

void TextFields::eui(std::size_t octets) {  // RFC 7043 §3.2
  const std::string_view word = take("an address");
  if (failed()) return;
  bool fine = word.size() == octets * 3 - 1;
  for (std::size_t i = 0; fine && i < octets; ++i) {
    fine = append_hex(word.substr(i * 3, 2), out_) && (i + 1 == octets || word[i * 3 + 2] == '-');
  }
  if (!fine) fail_at(word, "is no EUI-" + std::to_string(octets * 8));
}

void TextFields::dashed_base64() {
  if (!failed() && !more()) return fail("base 64 is missing");
  if (more() && words_[next_].text == "-")
    ++next_;
  else
    base64();
}

void TextFields::nsap_address() {  // RFC 1706 §5: "0x", and dots wherever they help
  const std::string_view word = take("an NSAP address");
  if (failed()) return;
  const bool has_prefix = word.size() > 2 && equal_ignoring_case(word.substr(0, 2), "0x");
  if (!has_prefix || !append_hex(without_dots(word.substr(2)), out_)) fail_at(word, "is no NSAP address");
}

void TextFields::atm_address() {  // af-saa-0069 §5.2: "+" and digits are E.164, else it is an AESA in hex
  const std::string_view word = take("an ATM address");
  if (failed()) return;
  const bool e164 = word.starts_with('+');
  const std::string digits = without_dots(word.substr(e164 ? 1 : 0));
  put_number(e164 ? 1 : 0, 1);
  if (e164 && std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    put(octets_of(digits));
  } else if (e164 || !append_hex(digits, out_)) {
    fail_at(word, "is no ATM address");
  }
}

void TextFields::a6() {  // RFC 2874 §3.1.2: the bits of the prefix, the address without them, the prefix's
                         // name
  number(128, 1);
  if (failed()) return;
  const unsigned prefix = std::to_integer<unsigned>(out_.back());
  if (prefix < 128) {
    const std::size_t start = out_.size();
    ipv6();
    if (failed()) return;
    out_.erase(out_.begin() + static_cast<std::ptrdiff_t>(start),
               out_.begin() + static_cast<std::ptrdiff_t>(start + prefix / 8));
    out_[start] &= static_cast<std::byte>(0xffu >> (prefix % 8));
  }
  if (prefix > 0) name();
}

/// A gateway or relay of that kind: nothing (written "."), an address, a name (RFC 4025 §2.5, RFC 8777 §4.2).
void TextFields::relay(std::uint8_t kind) {
  switch (kind) {
    case 0:
      if (take("a gateway") != "." && !failed()) fail("no gateway is written \".\"");
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
  relay(std::to_integer<std::uint8_t>(out_[kind_at]));
  base64();
}

void TextFields::amt_relay() {  // RFC 8777 §4.3: precedence, discovery optional, type; two share an octet
  number(255, 1);
  number(1, 1);
  number(127, 1);
  if (failed()) return;
  const std::byte kind = out_.back();
  out_.pop_back();
  out_.back() = kind | (out_.back() << 7);
  relay(std::to_integer<std::uint8_t>(kind));
}

void TextFields::host_identity() {  // RFC 8005 §6; in wire form the lengths come first
  number(255, 1);
  if (failed()) return;
  const std::byte algorithm = out_.back();
  out_.pop_back();
  const std::string_view tag = take("a host identity tag");
  const std::string_view key = take("a public key");
  if (failed()) return;
  std::vector<std::byte> tag_octets;
  std::vector<std::byte> key_octets;
  if (!append_hex(tag, tag_octets) || tag_octets.empty() || tag_octets.size() > 255)
    return fail("bad hex digits");
  if (!append_base64(key, key_octets) || key_octets.empty() || key_octets.size() > 0xffff)
    return fail("bad base 64");
  put_number(tag_octets.size(), 1);
  out_.push_back(algorithm);
  put_number(key_octets.size(), 2);
  put(tag_octets);
  put(key_octets);
  while (more()) name();
}

void TextFields::services() {  // RFC 1035 §3.4.2: a bit for each port
  mnemonic(wks_protocols, 1);
  if (failed()) return;
  const char* const protocol = out_.back() == std::byte{17} ? "udp" : "tcp";
  std::vector<std::byte> bits;
  while (more()) {
    const std::string_view word = take("a service");
    const auto port = service_port(word, protocol);
    if (!port) return fail("unknown service \"" + std::string(word) + "\"");
    bits.resize(std::max<std::size_t>(bits.size(), *port / 8u + 1));
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

void TextFields::location() {
  if (failed()) return;
  std::vector<std::string_view> words;
  while (more()) words.push_back(take("a place"));
  if (failed()) return;
  if (const char* problem = read_location(words, out_)) fail(problem);
}

}  // namespace doors
