#include "sync/ctl/serve_access.h"

#include <filesystem>
#include <string_view>

#include "sync/ctl/toml_text.h"
#include "zones/base/text_encoding.h"

namespace doors::ctl {
namespace {

constexpr std::string_view key_mark = "key:";

/// Of "@FILE".
std::string secret_file_line(const std::string& file) {
  return "secret_file = " + toml_string(std::filesystem::absolute(file.substr(1)).string()) + "\n";
}

Outcome<std::string> key_table(const std::string& text) {
  const std::size_t first = text.find(':');
  const std::size_t second = first == std::string::npos ? first : text.find(':', first + 1);
  if (second == std::string::npos) {
    // Not quoted: what was mistyped may hold a secret.
    return refused("--tsig-key wants NAME:ALGORITHM:BASE64 or NAME:ALGORITHM:@FILE");
  }
  const std::string secret = text.substr(second + 1);
  std::string table = "[[key]]\nname = " + toml_string(text.substr(0, first)) +
                      "\nalgorithm = " + toml_string(text.substr(first + 1, second - first - 1)) + "\n";
  if (secret.starts_with('@'))
    table += secret_file_line(secret);
  else
    table += "secret = " + toml_string(secret) + "\n";
  return table;
}

/// One rule for the addresses and one for the keys, since a rule with both would want both.
std::string rule_tables(const std::string& table, const std::string& sources_key,
                        const std::vector<std::string>& allowed) {
  std::vector<std::string> sources;
  std::vector<std::string> keys;
  for (const std::string& text : allowed) {
    if (text.starts_with(key_mark))
      keys.push_back(text.substr(key_mark.size()));
    else
      sources.push_back(text);
  }
  std::string tables;
  const auto add = [&](const std::string& key, const std::vector<std::string>& values) {
    if (values.empty()) return;
    tables += "[[" + table + "]]\nzones = [\"*\"]\n" + key + " = " + toml_strings(values) + "\n";
  };
  add(sources_key, sources);
  add("keys", keys);
  return tables;
}

}  // namespace

Outcome<std::string> access_tables(const ServeAccess& access) {
  std::string tables;
  for (const std::string& text : access.keys) {
    auto table = key_table(text);
    if (!table) return table;
    tables += *table;
  }
  return tables + rule_tables("transfer", "to", access.transfers) +
         rule_tables("notify", "from", access.notifies);
}

Outcome<std::string> cookie_secrets_line(const std::vector<std::string>& secrets) {
  if (secrets.size() == 1 && secrets.front().starts_with('@')) return secret_file_line(secrets.front());
  if (secrets.size() > 2) return refused("--cookie-secret is given twice at most");
  for (const std::string& secret : secrets) {
    if (secret.starts_with('@')) return refused("--cookie-secret @FILE stands alone; the file may hold two");
    const auto octets = from_hex(secret);
    if (!octets || octets->size() != 16)
      return refused("--cookie-secret needs 32 hexadecimal digits or @FILE");
  }
  return "secrets = " + toml_strings(secrets) + "\n";
}

}  // namespace doors::ctl
