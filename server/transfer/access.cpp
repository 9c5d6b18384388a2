#include "server/transfer/access.h"

#include <algorithm>

namespace doors {

namespace {

bool any_allows(const std::vector<AccessRule>& rules, NameView zone, const IpAddress& source,
                const TsigKey* key) noexcept {
  return std::any_of(rules.begin(), rules.end(),
                     [&](const AccessRule& rule) { return rule.allows(zone, source, key); });
}

}  // namespace

bool AccessRule::allows(NameView zone, const IpAddress& source, const TsigKey* key) const noexcept {
  const auto is_zone = [&](const Name& each) { return each == zone; };
  const auto has_source = [&](const IpPrefix& each) { return each.contains(source); };
  const auto is_key = [&](const Name& each) { return key != nullptr && each == key->name; };
  return (every_zone || std::any_of(zones.begin(), zones.end(), is_zone)) &&
         (sources.empty() || std::any_of(sources.begin(), sources.end(), has_source)) &&
         (keys.empty() || std::any_of(keys.begin(), keys.end(), is_key));
}

bool Access::may_transfer(NameView zone, const IpAddress& source, const TsigKey* key) const noexcept {
  return any_allows(transfers, zone, source, key);
}

bool Access::may_notify(NameView zone, const IpAddress& source, const TsigKey* key) const noexcept {
  return any_allows(notifies, zone, source, key);
}

bool Access::expects(NameView zone) const noexcept {
  return std::any_of(notifies.begin(), notifies.end(), [&](const AccessRule& rule) {
    return std::any_of(rule.zones.begin(), rule.zones.end(), [&](const Name& each) { return each == zone; });
  });
}

IpAddress address_of(const Client& client) noexcept {
  return IpAddress(Octets(client.address).first(client.ipv6 ? 16 : 4));
}

}  // namespace doors
