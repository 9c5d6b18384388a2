#include "sync/xfr/settings.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "zones/tsig/key_config.h"

namespace doors::xfr {

namespace {

/// What a zone's primaries may need.
struct Trust {
  std::vector<TsigKey> keys;
  std::vector<TlsProfile> profiles;
};

/// What every zone has, unless it says otherwise.
struct Defaults {
  OnExpire on_expire = OnExpire::servfail;
  Gates gates;
};

/// "192.0.2.1:53", "192.0.2.1:853 key transfer.example. tls example".
Result<Primary> parse_primary(std::string_view text, const Trust& trust) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    if (space > 0) words.push_back(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  if (words.size() % 2 == 0) return failure("\"ADDRESS:PORT [key NAME] [tls NAME]\" is wanted");
  Primary primary;
  const auto address = ServiceAddress::parse(words.front());
  if (!address) return Unexpected(address.error());
  primary.address = *address;
  for (std::size_t i = 1; i < words.size(); i += 2) {
    const std::string wanted(words[i + 1]);
    if (words[i] == "key" && !primary.key) {
      const auto name = Name::parse(wanted);
      if (!name) return Unexpected(name.error());
      const auto key = std::ranges::find(trust.keys, *name, &TsigKey::name);
      if (key == trust.keys.end()) return failure("there is no [[key]] named \"" + wanted + "\"");
      primary.key = *key;
    } else if (words[i] == "tls" && !primary.tls) {
      const auto profile = std::ranges::find(trust.profiles, wanted, &TlsProfile::name);
      if (profile == trust.profiles.end()) return failure("there is no [[tls]] named \"" + wanted + "\"");
      primary.tls = *profile;
    } else {
      return failure("\"" + std::string(words[i]) + "\" is neither key nor tls, or there twice");
    }
  }
  return primary;
}

/// on_expire and the gates; those that are not there stay.
void read_defaults(Section& section, Defaults& values) {
  std::string on_expire = values.on_expire == OnExpire::keep ? "keep" : "servfail";
  section.one_of("on_expire", on_expire, {"servfail", "keep"});
  values.on_expire = on_expire == "keep" ? OnExpire::keep : OnExpire::servfail;
  constexpr std::array<std::string_view, 3> modes{"off", "warn", "refuse"};
  Gates& gates = values.gates;
  for (const auto& [key, mode] : {std::pair("syntax", &gates.syntax),
                                  {"zonemd", &gates.zonemd},
                                  {"signatures", &gates.signatures},
                                  {"expired", &gates.expired}}) {
    std::string text(modes[static_cast<std::size_t>(*mode)]);
    section.one_of(key, text, {modes.begin(), modes.end()});
    *mode = static_cast<GateMode>(std::ranges::find(modes, text) - modes.begin());
  }
}

void read_primaries(Section& section, std::string_view key, const Trust& trust,
                    std::vector<Primary>& primaries) {
  std::vector<std::string> texts;
  section.strings(key, texts);
  if (!texts.empty()) primaries.clear();
  for (const std::string& text : texts) {
    const auto primary = parse_primary(text, trust);
    section.check(primary.has_value(), key, primary ? "" : primary.error().message);
    if (primary) primaries.push_back(*primary);
  }
  section.check(!primaries.empty() || !texts.empty(), key, "names no primary");
}

NotifyRule read_notify(Section& section, const Trust& trust) {
  NotifyRule rule;
  std::vector<std::string> zones;
  section.strings("zones", zones).check(!zones.empty(), "zones", "names no zone; [\"*\"] means all of them");
  for (const std::string& text : zones) {
    rule.every_zone = rule.every_zone || text == "*";
    if (text == "*") continue;
    auto name = Name::parse(text);
    section.check(name.has_value(), "zones", name ? "" : name.error().message);
    if (!name) continue;
    name->make_canonical();
    rule.zones.push_back(*name);
  }
  read_primaries(section, "to", trust, rule.to);
  const bool by_tls = std::ranges::any_of(rule.to, [](const Primary& one) { return one.tls.has_value(); });
  section.check(!by_tls, "to", "NOTIFY goes over UDP, so without tls");
  return rule;
}

/// How a zone is followed, whatever its name is.
void read_ways(Section& section, SecondaryZone& zone) {
  std::string shrink = zone.may_shrink ? "accept" : "refuse";
  section.one_of("shrink", shrink, {"refuse", "accept"});
  Defaults values{zone.on_expire, zone.gates};
  read_defaults(section, values);
  zone.may_shrink = shrink == "accept";
  zone.on_expire = values.on_expire;
  zone.gates = values.gates;
}

SecondaryZone read_zone(Section& section, const Trust& trust, const Defaults& values) {
  SecondaryZone zone;
  zone.on_expire = values.on_expire;
  zone.gates = values.gates;
  read_ways(section, zone);
  std::string name;
  section.string("zone", name);
  const auto parsed = Name::parse(name);
  section.check(parsed.has_value(), "zone", parsed ? "" : parsed.error().message);
  if (parsed) zone.zone = *parsed;
  zone.zone.make_canonical();
  read_primaries(section, "primaries", trust, zone.primaries);
  return zone;
}

CatalogZone read_catalog_zone(Section& section, const Trust& trust, const Defaults& values) {
  CatalogZone catalog;
  catalog.catalog = read_zone(section, trust, values);
  catalog.member = catalog.catalog;
  catalog.catalog.gates = {GateMode::off, GateMode::refuse, GateMode::off, GateMode::off};
  catalog.catalog.on_expire = OnExpire::keep;  // it is not answered from, and its zones have their own
  catalog.catalog.may_shrink = true;           // what it loses is judged by its zones
  read_primaries(section, "member_primaries", trust, catalog.member.primaries);
  section.strings("zones", catalog.zones)
      .number("most_removed_percent", catalog.most_removed_percent, {0, 100})
      .number("most_zones", catalog.most_zones, {1, 100'000'000});
  for (Section& group : section.tables("group")) {
    SecondaryZone member = catalog.member;
    std::string name;
    group.string("name", name).check(!name.empty(), "name", "must not be empty");
    read_primaries(group, "primaries", trust, member.primaries);
    read_ways(group, member);
    catalog.groups.emplace_back(std::move(name), std::move(member));
  }
  return catalog;
}

}  // namespace

SecondaryZone CatalogZone::follow(const Name& zone, const std::vector<std::string>& in_groups) const {
  SecondaryZone followed = member;
  for (const auto& [group, way] : groups) {
    if (std::ranges::find(in_groups, group) == in_groups.end()) continue;
    followed = way;
    break;
  }
  followed.zone = zone;
  followed.from_catalog = true;
  return followed;
}

Settings read_settings(Section& file) {
  using std::chrono::hours;
  using std::chrono::seconds;
  Settings settings;
  Bounds& bounds = settings.bounds;
  std::uint64_t octets_mib = bounds.limits.octets >> 20;
  std::uint64_t memory_mib = bounds.memory_octets >> 20;
  Section transfers = file.table("transfers");
  transfers.number("records", bounds.limits.records, {1, 1'000'000'000})
      .number("octets_mib", octets_mib, {1, 65'536})
      .number("memory_mib", memory_mib, {64, 1'048'576})
      .duration("message_timeout", bounds.message, std::chrono::milliseconds(100), hours(1))
      .duration("timeout", bounds.whole, seconds(1), hours(24))
      .number("at_once", settings.most, {1, 1000})
      .number("at_once_per_primary", settings.most_per_primary, {1, 1000});
  Defaults values;
  read_defaults(transfers, values);
  RefreshBounds& refresh = settings.refresh;
  const std::chrono::milliseconds longest = hours(365 * 24);
  transfers.duration("least_refresh", refresh.least_refresh, seconds(1), longest)
      .duration("most_refresh", refresh.most_refresh, seconds(1), longest)
      .duration("least_retry", refresh.least_retry, seconds(1), longest)
      .duration("most_retry", refresh.most_retry, seconds(1), longest)
      .check(refresh.least_refresh <= refresh.most_refresh, "most_refresh", "is below least_refresh")
      .check(refresh.least_retry <= refresh.most_retry, "most_retry", "is below least_retry");
  bounds.connect = std::min(bounds.connect, bounds.message);
  bounds.limits.octets = octets_mib << 20;
  bounds.memory_octets = memory_mib << 20;
  if (auto wrong = transfers.error()) file.fail(*std::move(wrong));

  const Trust trust{read_tsig_keys(file), read_tls_profiles(file)};
  for (Section& section : file.tables("secondary")) {
    SecondaryZone zone = read_zone(section, trust, values);
    const bool twice = std::ranges::any_of(
        settings.zones, [&](const SecondaryZone& other) { return other.zone == zone.zone; });
    section.check(!twice, "zone", "is there twice");
    settings.zones.push_back(std::move(zone));
  }
  for (Section& section : file.tables("catalog")) {
    CatalogZone catalog = read_catalog_zone(section, trust, values);
    const auto is_it = [&](const Name& other) { return other == catalog.catalog.zone; };
    const bool twice =
        std::ranges::any_of(settings.zones, is_it, &SecondaryZone::zone) ||
        std::ranges::any_of(settings.catalogs, is_it, [](const auto& one) { return one.catalog.zone; });
    section.check(!twice, "zone", "is there twice");
    settings.catalogs.push_back(std::move(catalog));
  }
  for (Section& section : file.tables("notify")) settings.notifies.push_back(read_notify(section, trust));
  return settings;
}

}  // namespace doors::xfr
