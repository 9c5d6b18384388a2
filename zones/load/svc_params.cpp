#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include <arpa/inet.h>

#include "zones/base/text_encoding.h"
#include "zones/load/text_fields.h"

namespace doors {

namespace {

struct SvcParam {
  std::uint16_t key;
  std::vector<std::byte> value;
};

std::optional<std::uint16_t> parse_key(std::string_view text) noexcept {
  for (const Mnemonic& known : svc_param_keys) {
    if (known.word == text) return known.number;
  }
  if (!text.starts_with("key") || text.size() == 3 || (text.size() > 4 && text[3] == '0'))
    return std::nullopt;
  std::uint16_t number = 0;
  const auto [end, problem] = std::from_chars(text.data() + 3, text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
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

void put_u16(std::vector<std::byte>& out, std::uint16_t value) {
  out.push_back(static_cast<std::byte>(value >> 8));
  out.push_back(static_cast<std::byte>(value & 0xff));
}

bool read_mandatory(const std::vector<std::string>& items, std::vector<std::byte>& out) {
  std::vector<std::uint16_t> keys;
  for (const std::string& item : items) {
    const auto key = parse_key(item);
    if (!key || *key == 0) return false;
    keys.push_back(*key);
  }
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) return false;
  for (const std::uint16_t key : keys) put_u16(out, key);
  return true;
}

bool read_alpn(const std::vector<std::string>& items, std::vector<std::byte>& out) {
  for (const std::string& item : items) {
    if (item.size() > 255) return false;
    out.push_back(static_cast<std::byte>(item.size()));
    const Octets octets = octets_of(item);
    out.insert(out.end(), octets.begin(), octets.end());
  }
  return true;
}

bool read_addresses(const std::vector<std::string>& items, int family, std::vector<std::byte>& out) {
  for (const std::string& item : items) {
    std::array<std::byte, 16> address;
    if (item.find('\0') != std::string::npos || ::inet_pton(family, item.c_str(), address.data()) != 1)
      return false;
    out.insert(out.end(), address.begin(), address.begin() + (family == AF_INET ? 4 : 16));
  }
  return true;
}

bool read_port(std::string_view text, std::vector<std::byte>& out) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc{} || end != text.data() + text.size()) return false;
  put_u16(out, port);
  return true;
}

/// The value of one key; false if it is none (RFC 9460 §7 and §8, RFC 9461 §5, RFC 9540 §4).
bool read_value(std::uint16_t key, bool has_value, std::string_view text, std::vector<std::byte>& out) {
  switch (key) {
    case 2:
    case 8:
      return !has_value;
    case 0:
    case 1:
    case 4:
    case 6: {
      const auto items = split(text);
      if (!items) return false;
      if (key == 0) return read_mandatory(*items, out);
      if (key == 1) return read_alpn(*items, out);
      return read_addresses(*items, key == 4 ? AF_INET : AF_INET6, out);
    }
    case 3:
      return read_port(text, out);
    case 5:
      return !text.empty() && append_base64(text, out);
    case 7:
      if (text.empty()) return false;
      [[fallthrough]];
    default: {
      const Octets octets = octets_of(text);
      out.insert(out.end(), octets.begin(), octets.end());
      return true;
    }
  }
}

/// Takes the quotes off a value: they are all around it or not there.
bool unquote(std::string_view& value) noexcept {
  if (value.empty() || value.front() != '"') return value.find('"') == std::string_view::npos;
  if (value.size() < 2 || value.back() != '"') return false;
  value = value.substr(1, value.size() - 2);
  return true;
}

std::string check_mandatory(const std::vector<SvcParam>& params) {
  const auto has = [&params](std::uint16_t key) {
    return std::any_of(params.begin(), params.end(), [key](const SvcParam& each) { return each.key == key; });
  };
  if (has(2) && !has(1)) return "no-default-alpn without alpn";
  if (!has(0)) return "";
  const auto& keys = params.front().value;  // sorted: mandatory is first
  for (std::size_t i = 0; i + 1 < keys.size(); i += 2) {
    if (!has(load_u16(keys.data() + i))) return "a mandatory key is missing";
  }
  return "";
}

}  // namespace

std::string read_svc_params(std::span<const Token> words, std::vector<std::byte>& out) {
  std::vector<SvcParam> params;
  for (const Token& word : words) {
    const auto wrong = [&word] { return "bad service parameter \"" + std::string(word.text) + "\""; };
    if (word.quoted) return wrong();
    const std::size_t equals = word.text.find('=');
    const bool has_value = equals != std::string_view::npos;
    const auto key = parse_key(word.text.substr(0, equals));
    std::string_view value = has_value ? word.text.substr(equals + 1) : std::string_view();
    std::vector<std::byte> plain;
    if (!key || *key == 65'535 || !unquote(value) || unescape(value, plain) != nullptr) return wrong();
    SvcParam param{*key, {}};
    if (!read_value(*key, has_value, text_of(plain), param.value) || param.value.size() > 0xffff)
      return wrong();
    params.push_back(std::move(param));
  }
  std::sort(params.begin(), params.end(), [](const SvcParam& a, const SvcParam& b) { return a.key < b.key; });
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (i > 0 && params[i - 1].key == params[i].key) return "a service parameter comes twice";
    put_u16(out, params[i].key);
    put_u16(out, static_cast<std::uint16_t>(params[i].value.size()));
    out.insert(out.end(), params[i].value.begin(), params[i].value.end());
  }
  return check_mandatory(params);
}

}  // namespace doors
