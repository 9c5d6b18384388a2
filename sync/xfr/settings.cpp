#include "sync/xfr/settings.h"

#include <algorithm>
#include <string>
#include <utility>

#include "zones/tsig/key_config.h"

namespace doors::xfr {

namespace {

/// "192.0.2.1:53 key transfer.example."
Result<Primary> parse_primary(std::string_view text, const std::vector<TsigKey>& keys) {
  Primary primary;
  constexpr std::string_view key_word = " key ";
  const std::size_t at = text.find(key_word);
  const auto address = ServiceAddress::parse(text.substr(0, at));
  if (!address) return Unexpected(address.error());
  primary.address = *address;
  if (at == std::string_view::npos) return primary;
  const std::string_view wanted = text.substr(at + key_word.size());
  const auto name = Name::parse(wanted);
  if (!name) return Unexpected(name.error());
  const auto key = std::ranges::find_if(keys, [&](const TsigKey& one) { return one.name == *name; });
  if (key == keys.end()) return failure("there is no [[key]] named \"" + std::string(wanted) + "\"");
  primary.key = *key;
  return primary;
}

OnExpire parse_on_expire(const std::string& text) {
  return text == "keep" ? OnExpire::keep : OnExpire::servfail;
}

SecondaryZone read_zone(Section& section, const std::vector<TsigKey>& keys, std::string on_expire) {
  SecondaryZone zone;
  std::string name;
  std::string shrink = "refuse";
  std::vector<std::string> primaries;
  section.string("zone", name)
      .strings("primaries", primaries)
      .one_of("shrink", shrink, {"refuse", "accept"})
      .one_of("on_expire", on_expire, {"servfail", "keep"});
  zone.on_expire = parse_on_expire(on_expire);
  zone.may_shrink = shrink == "accept";
  const auto parsed = Name::parse(name);
  section.check(parsed.has_value(), "zone", parsed ? "" : parsed.error().message);
  if (parsed) zone.zone = *parsed;
  zone.zone.make_canonical();
  section.check(!primaries.empty(), "primaries", "names no primary");
  for (const std::string& text : primaries) {
    const auto primary = parse_primary(text, keys);
    section.check(primary.has_value(), "primaries", primary ? "" : primary.error().message);
    if (primary) zone.primaries.push_back(*primary);
  }
  return zone;
}

}  // namespace

Settings read_settings(Section& file) {
  using std::chrono::hours;
  using std::chrono::seconds;
  Settings settings;
  Bounds& bounds = settings.bounds;
  std::uint64_t octets_mib = bounds.limits.octets >> 20;
  std::uint64_t memory_mib = bounds.memory_octets >> 20;
  std::string on_expire = "servfail";
  Section transfers = file.table("transfers");
  transfers.number("records", bounds.limits.records, {1, 1'000'000'000})
      .number("octets_mib", octets_mib, {1, 65'536})
      .number("memory_mib", memory_mib, {64, 1'048'576})
      .duration("message_timeout", bounds.message, std::chrono::milliseconds(100), hours(1))
      .duration("timeout", bounds.whole, seconds(1), hours(24))
      .number("at_once", settings.most, {1, 1000})
      .number("at_once_per_primary", settings.most_per_primary, {1, 1000})
      .one_of("on_expire", on_expire, {"servfail", "keep"});
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

  const std::vector<TsigKey> keys = read_tsig_keys(file);
  for (Section& section : file.tables("secondary")) {
    SecondaryZone zone = read_zone(section, keys, on_expire);
    const bool twice = std::ranges::any_of(
        settings.zones, [&](const SecondaryZone& other) { return other.zone == zone.zone; });
    section.check(!twice, "zone", "is there twice");
    settings.zones.push_back(std::move(zone));
  }
  return settings;
}

}  // namespace doors::xfr
