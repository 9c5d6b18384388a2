#include "zones/dns/svc_params.h"

#include <algorithm>
#include <string_view>

#include "zones/dns/wire_reader.h"

namespace doors {

namespace {

/// The keys of a mandatory list ascend, each once, and none is `mandatory` itself (RFC 9460 §8).
bool is_key_list(Octets value) noexcept {
  if (value.empty() || value.size() % 2 != 0) return false;
  std::uint16_t last = 0;
  for (std::size_t at = 0; at < value.size(); at += 2) {
    const std::uint16_t key = load_u16(value.data() + at);
    if (key <= last) return false;
    last = key;
  }
  return true;
}

/// One or more protocol identifiers, none empty (RFC 9460 §7.1.1).
bool is_alpn_list(Octets value) noexcept {
  WireReader ids(value);
  do {
    if (ids.octets(ids.u8()).empty()) return false;
  } while (!ids.at_end());
  return ids.ok();
}

/// Character-strings, to the end (RFC 9953 §3.2).
bool is_string_list(Octets value) noexcept {
  WireReader strings(value);
  while (strings.ok() && !strings.at_end()) (void)strings.octets(strings.u8());
  return strings.ok();
}

bool is_address_list(Octets value, std::size_t octets) noexcept {
  return !value.empty() && value.size() % octets == 0;
}

/// A relative URI template with the variable "dns" (RFC 9461 §5, RFC 6570 §2.2).
bool is_doh_path(std::string_view path) noexcept {
  if (!path.starts_with('/')) return false;
  while (true) {
    const std::size_t open = path.find('{');
    if (open == std::string_view::npos) return false;
    path.remove_prefix(open + 1);
    std::string_view expression = path.substr(0, path.find('}'));
    if (expression.size() == path.size()) return false;  // not closed
    const auto is_operator = [](char c) {
      return std::string_view("+#./;?&").find(c) != std::string_view::npos;
    };
    if (!expression.empty() && is_operator(expression.front())) expression.remove_prefix(1);
    while (true) {
      const std::string_view variable = expression.substr(0, expression.find(','));
      if (variable == "dns") return true;
      if (variable.size() == expression.size()) break;
      expression.remove_prefix(variable.size() + 1);
    }
  }
}

const char* value_problem(SvcParamKey key, Octets value) noexcept {
  switch (key) {
    case SvcParamKey::mandatory:
      return is_key_list(value) ? nullptr : "mandatory lists no key, itself, or a key twice";
    case SvcParamKey::alpn:
      return is_alpn_list(value) ? nullptr : "alpn is no list of protocols";
    case SvcParamKey::no_default_alpn:
      return value.empty() ? nullptr : "no-default-alpn has a value";
    case SvcParamKey::port:
      return value.size() == 2 ? nullptr : "port is no 16-bit number";
    case SvcParamKey::ipv4hint:
      return is_address_list(value, 4) ? nullptr : "ipv4hint is no list of addresses";
    case SvcParamKey::ech:
      return value.empty() ? "ech without a value" : nullptr;
    case SvcParamKey::ipv6hint:
      return is_address_list(value, 16) ? nullptr : "ipv6hint is no list of addresses";
    case SvcParamKey::dohpath:
      return is_doh_path(text_of(value)) ? nullptr : "dohpath is no template with {?dns}";
    case SvcParamKey::ohttp:
      return value.empty() ? nullptr : "ohttp has a value";
    case SvcParamKey::tls_supported_groups:
      return !value.empty() && value.size() % 2 == 0 ? nullptr : "tls-supported-groups is no list of numbers";
    case SvcParamKey::docpath:
      return value.empty() || is_string_list(value) ? nullptr : "docpath is no list of path segments";
  }
  return nullptr;
}

bool has_key(Octets params, std::uint16_t wanted) noexcept {
  WireReader reader(params);
  while (reader.ok() && !reader.at_end()) {
    if (reader.u16() == wanted) return reader.ok();
    (void)reader.octets(reader.u16());
  }
  return false;
}

}  // namespace

const char* svc_params_problem(Octets params) noexcept {
  WireReader reader(params);
  Octets mandatory;
  int last_key = -1;
  while (!reader.at_end()) {
    const std::uint16_t key = reader.u16();
    const Octets value = reader.octets(reader.u16());
    if (!reader.ok()) return "service parameters are cut off";
    if (key == last_key) return "a service parameter comes twice";
    if (key < last_key) return "service parameters are not in order";
    last_key = key;
    if (const char* problem = value_problem(SvcParamKey(key), value)) return problem;
    if (SvcParamKey(key) == SvcParamKey::mandatory) mandatory = value;
  }
  for (std::size_t at = 0; at < mandatory.size(); at += 2) {
    if (!has_key(params, load_u16(mandatory.data() + at))) return "a mandatory key is missing";
  }
  if (has_key(params, 2) && !has_key(params, 1)) return "no-default-alpn without alpn";
  return nullptr;
}

}  // namespace doors
