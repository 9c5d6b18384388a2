#include "server/transfer/access_config.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "zones/base/secret_file.h"
#include "zones/base/text_encoding.h"

namespace doors {

namespace {

/// A name, or the root with an error noted.
Name read_name(Section& section, std::string_view key, std::string_view text) {
  const auto name = Name::parse(text);
  if (name) return *name;
  section.check(false, key, name.error().message);
  return {};
}

/// The secret as base64, from where the config says; "" with an error noted if it says nothing of use.
std::string secret_text(Section& section) {
  std::string secret;
  std::filesystem::path file;
  section.string("secret", secret).path("secret_file", file);
  section.check(section.has("secret") != section.has("secret_file"), "secret",
                "either secret or secret_file is wanted");
  if (file.empty()) return secret;
  auto secrets = read_secret_file(file);
  section.check(secrets.has_value(), "secret_file", secrets ? "" : secrets.error().message);
  if (!secrets) return {};
  section.check(secrets->size() == 1, "secret_file", "must hold one secret");
  return secrets->empty() ? std::string() : secrets->front();
}

TsigKey read_key(Section& section) {
  TsigKey key;
  std::string name;
  std::string algorithm = "hmac-sha256";
  bool md5 = false;
  section.string("name", name).string("algorithm", algorithm).boolean("md5", md5);
  key.name = read_name(section, "name", name);

  const auto known = parse_tsig_algorithm(algorithm);
  key.algorithm = known.value_or(key.algorithm);
  section
      .check(known.has_value(), "algorithm",
             "must be hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384 or hmac-sha512")
      .check(key.algorithm != TsigAlgorithm::hmac_md5 || md5, "algorithm",
             "hmac-md5 must not be used any more (RFC 8945 §6), unless md5 = true says that it has to be")
      .number("least_mac", key.least_mac, {0, static_cast<std::int64_t>(mac_octets(key.algorithm))});

  auto secret = from_base64(secret_text(section));
  section.check(secret && !secret->empty(), section.has("secret") ? "secret" : "secret_file",
                "is not base64");
  if (secret) key.secret = *std::move(secret);
  return key;
}

AccessRule read_rule(Section& section, std::string_view sources_key, const TsigKeys& keys) {
  AccessRule rule;
  std::vector<std::string> zones;
  std::vector<std::string> sources;
  std::vector<std::string> names;
  section.strings("zones", zones)
      .strings(sources_key, sources)
      .strings("keys", names)
      .check(!zones.empty(), "zones", "names no zone; [\"*\"] means all of them")
      .check(!sources.empty() || !names.empty(), sources_key, "wanted, or keys, or both");
  for (const std::string& text : zones) {
    if (text == "*")
      rule.every_zone = true;
    else
      rule.zones.push_back(read_name(section, "zones", text));
  }
  for (const std::string& text : sources) {
    const std::string_view whole = text.find(':') == std::string::npos ? "/32" : "/128";
    const auto prefix =
        IpPrefix::parse(text.find('/') == std::string::npos ? text + std::string(whole) : text);
    if (prefix)
      rule.sources.push_back(*prefix);
    else
      section.check(false, sources_key, prefix.error().message);
  }
  for (const std::string& text : names) {
    rule.keys.push_back(read_name(section, "keys", text));
    section.check(keys.find(rule.keys.back()) != nullptr, "keys",
                  "there is no [[key]] named \"" + text + "\"");
  }
  return rule;
}

}  // namespace

Access read_access(Section& file) {
  Access access;
  std::vector<TsigKey> keys;
  for (Section& section : file.tables("key")) {
    TsigKey key = read_key(section);
    const bool twice =
        std::any_of(keys.begin(), keys.end(), [&](const TsigKey& other) { return other.name == key.name; });
    section.check(!twice, "name", "is another key's already");
    keys.push_back(std::move(key));
  }
  access.keys = TsigKeys(std::move(keys));
  for (Section& section : file.tables("transfer"))
    access.transfers.push_back(read_rule(section, "to", access.keys));
  for (Section& section : file.tables("notify"))
    access.notifies.push_back(read_rule(section, "from", access.keys));
  return access;
}

}  // namespace doors
