#include "server/transfer/access_config.h"

#include <string>
#include <string_view>
#include <utility>

#include "zones/tsig/key_config.h"

namespace doors {

namespace {

/// A name, or the root with an error noted.
Name read_name(Section& section, std::string_view key, std::string_view text) {
  const auto name = Name::parse(text);
  if (name) return *name;
  section.check(false, key, name.error().message);
  return {};
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
  access.keys = TsigKeys(read_tsig_keys(file));
  for (Section& section : file.tables("transfer"))
    access.transfers.push_back(read_rule(section, "to", access.keys));
  for (Section& section : file.tables("notify"))
    access.notifies.push_back(read_rule(section, "from", access.keys));
  return access;
}

}  // namespace doors
