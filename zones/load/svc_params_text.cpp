#include "zones/load/svc_params_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

#include "zones/base/text_encoding.h"
#include "zones/dns/svc_params.h"
#include "zones/dns/wire_reader.h"
#include "zones/load/character_string.h"
#include "zones/load/mnemonics.h"
#include "zones/load/text_fields.h"

namespace doors {

namespace {

struct SvcParam {
  std::uint16_t key;
  std::vector<std::byte> value;
};

/// keyNNNNN, without leading zeros (RFC 9460 §2.1).
std::optional<std::uint16_t> parse_generic_key(std::string_view text) noexcept {
  if (!text.starts_with("key") || text.size() == 3 || (text.size() > 4 && text[3] == '0'))
    return std::nullopt;
  std::uint16_t number = 0;
  const auto [end, problem] = std::from_chars(text.data() + 3, text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint16_t> parse_known_key(std::string_view text) noexcept {
  for (const Mnemonic& known : svc_param_keys) {
    if (known.word == text) return known.number;
  }
  return std::nullopt;
}

std::optional<std::uint16_t> parse_key(std::string_view text) noexcept {
  const auto known = parse_known_key(text);
  return known ? known : parse_generic_key(text);
}

std::string key_text(std::uint16_t key) {
  for (const Mnemonic& known : svc_param_keys) {
    if (known.number == key) return std::string(known.word);
  }
  return "key" + std::to_string(key);
}

/// Splits a comma-separated list; in it `\,` and `\\` are a comma and a backslash (RFC 9460 Appendix A.1).
std::optional<std::vector<std::string>> split(std::string_view list) {
  std::vector<std::string> items(1);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == ',') {
      items.emplace_back();
    } else if (list[i] == '\\') {
      if (++i == list.size() || (list[i] != ',' && list[i] != '\\')) return std::nullopt;
      items.back() += list[i];
    } else {
      items.back() += list[i];
    }
  }
  if (std::any_of(items.begin(), items.end(), [](const std::string& item) { return item.empty(); }))
    return std::nullopt;
  return items;
}

void put(std::vector<std::byte>& out, Octets octets) { out.insert(out.end(), octets.begin(), octets.end()); }

void put_u16(std::vector<std::byte>& out, std::size_t value) {
  out.push_back(static_cast<std::byte>(value >> 8));
  out.push_back(static_cast<std::byte>(value & 0xff));
}

bool read_mandatory(const std::vector<std::string>& items, std::vector<std::byte>& out) {
  std::vector<std::uint16_t> keys;
  for (const std::string& item : items) {
    const auto key = parse_key(item);
    if (!key) return false;
    keys.push_back(*key);
  }
  std::sort(keys.begin(), keys.end());
  for (const std::uint16_t key : keys) put_u16(out, key);
  return true;
}

bool read_numbers(const std::vector<std::string>& items, std::vector<std::byte>& out) {
  for (const std::string& item : items) {
    const auto number = parse_digits(item);
    if (!number || *number > 0xffff) return false;
    put_u16(out, *number);
  }
  return true;
}

bool read_strings(const std::vector<std::string>& items, std::vector<std::byte>& out) {
  for (const std::string& item : items) {
    if (item.size() > 255) return false;
    out.push_back(static_cast<std::byte>(item.size()));
    put(out, octets_of(item));
  }
  return true;
}

bool read_addresses(const std::vector<std::string>& items, int family, std::vector<std::byte>& out) {
  for (const std::string& item : items) {
    std::array<std::byte, 16> address;
    if (item.find('\0') != std::string::npos || ::inet_pton(family, item.c_str(), address.data()) != 1)
      return false;
    put(out, Octets(address).first(family == AF_INET ? 4 : 16));
  }
  return true;
}

/// The value of a known key from its own text form (RFC 9460 §7 and §8, RFC 9461 §5, RFC 9540 §4, RFC 9953
/// §3.2, draft-ietf-tls-key-share-prediction); false if it is none.
bool read_value(SvcParamKey key, std::string_view text, std::vector<std::byte>& out) {
  switch (key) {
    case SvcParamKey::mandatory:
    case SvcParamKey::alpn:
    case SvcParamKey::ipv4hint:
    case SvcParamKey::ipv6hint:
    case SvcParamKey::tls_supported_groups:
    case SvcParamKey::docpath: {
      if (key == SvcParamKey::docpath && text.empty()) return true;  // the root
      const auto items = split(text);
      if (!items) return false;
      if (key == SvcParamKey::mandatory) return read_mandatory(*items, out);
      if (key == SvcParamKey::tls_supported_groups) return read_numbers(*items, out);
      if (key == SvcParamKey::alpn || key == SvcParamKey::docpath) return read_strings(*items, out);
      return read_addresses(*items, key == SvcParamKey::ipv4hint ? AF_INET : AF_INET6, out);
    }
    case SvcParamKey::port: {
      const auto port = parse_digits(text);
      if (!port || *port > 0xffff) return false;
      put_u16(out, *port);
      return true;
    }
    case SvcParamKey::ech:
      return append_base64(text, out);
    default:
      put(out, octets_of(text));
      return true;
  }
}

/// Reads one parameter, whose value in quotes is a token of its own: `value`, or null.
std::optional<SvcParam> read_param(std::string_view word, const Token* value) {
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  std::string_view text = equals != std::string_view::npos ? word.substr(equals + 1) : std::string_view();
  if (value != nullptr) {
    if (equals == std::string_view::npos || !text.empty()) return std::nullopt;
    text = value->text;
  }
  std::vector<std::byte> octets;
  if (unescape(text, octets) != nullptr || octets.size() > 0xffff) return std::nullopt;
  if (const auto key = parse_generic_key(name)) return SvcParam{*key, std::move(octets)};
  const auto key = parse_known_key(name);
  SvcParam param{key.value_or(0), {}};
  if (!key || !read_value(SvcParamKey(*key), text_of(octets), param.value) || param.value.size() > 0xffff)
    return std::nullopt;
  return param;
}

std::string write_addresses(int family, std::size_t octets, Octets value) {
  std::string list;
  for (std::size_t at = 0; at < value.size(); at += octets) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(family, value.data() + at, text.data(), text.size());
    list += (at == 0 ? "" : ",") + std::string(text.data());
  }
  return list;
}

std::string write_strings(Octets value) {
  std::string list;
  WireReader ids(value);
  while (!ids.at_end()) {
    if (!list.empty()) list += ',';
    for (const char c : text_of(ids.octets(ids.u8()))) {
      if (c == ',' || c == '\\') list += '\\';
      list += c;
    }
  }
  return quote(octets_of(list));
}

std::string write_numbers(Octets value) {
  std::string list;
  for (std::size_t at = 0; at < value.size(); at += 2) {
    list += (at == 0 ? "" : ",") + std::to_string(load_u16(value.data() + at));
  }
  return list;
}

std::string write_mandatory(Octets value) {
  std::string list;
  for (std::size_t at = 0; at < value.size(); at += 2) {
    list += (at == 0 ? "" : ",") + key_text(load_u16(value.data() + at));
  }
  return list;
}

std::string write_value(SvcParamKey key, Octets value) {
  switch (key) {
    case SvcParamKey::mandatory:
      return write_mandatory(value);
    case SvcParamKey::alpn:
    case SvcParamKey::docpath:
      return write_strings(value);
    case SvcParamKey::tls_supported_groups:
      return write_numbers(value);
    case SvcParamKey::port:
      return std::to_string(load_u16(value.data()));
    case SvcParamKey::ipv4hint:
      return write_addresses(AF_INET, 4, value);
    case SvcParamKey::ech:
      return to_base64(value);
    case SvcParamKey::ipv6hint:
      return write_addresses(AF_INET6, 16, value);
    default:
      return quote(value);
  }
}

}  // namespace

std::string read_svc_params(std::span<const Token> words, std::vector<std::byte>& out) {
  std::vector<SvcParam> params;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Token& word = words[i];
    const bool has_quoted_value = i + 1 < words.size() && words[i + 1].adjacent && words[i + 1].quoted;
    auto param = word.quoted || (word.adjacent && i > 0)
                     ? std::nullopt
                     : read_param(word.text, has_quoted_value ? &words[i + 1] : nullptr);
    if (!param) return "bad service parameter \"" + std::string(word.text) + "\"";
    params.push_back(*std::move(param));
    if (has_quoted_value) ++i;
  }
  std::sort(params.begin(), params.end(), [](const SvcParam& a, const SvcParam& b) { return a.key < b.key; });
  const std::size_t start = out.size();
  for (const SvcParam& param : params) {
    put_u16(out, param.key);
    put_u16(out, param.value.size());
    put(out, param.value);
  }
  const char* problem = svc_params_problem(Octets(out).subspan(start));
  return problem != nullptr ? problem : "";
}

std::string write_svc_params(Octets params) {
  std::string text;
  WireReader reader(params);
  while (!reader.at_end()) {
    const std::uint16_t key = reader.u16();
    const Octets value = reader.octets(reader.u16());
    if (!text.empty()) text += ' ';
    text += key_text(key);
    if (!value.empty()) text += "=" + write_value(SvcParamKey(key), value);
  }
  return text;
}

}  // namespace doors
