#pragma once

#include <vector>

#include "sync/xfr/expiry.h"
#include "sync/xfr/job.h"
#include "sync/xfr/refresh_timer.h"
#include "zones/base/config.h"
#include "zones/dns/name.h"

namespace doors::xfr {

/// One `[[secondary]]`: a zone that comes from its primaries.
struct SecondaryZone {
  Name zone;
  std::vector<Primary> primaries;  ///< at least one; asked in this order
  bool may_shrink = false;         ///< by over 20 % at once
  bool from_catalog = false;       ///< and so takes no zone from a publisher
  OnExpire on_expire = OnExpire::servfail;
  Gates gates;
};

/// One `[[catalog]]`: a zone that lists zones (RFC 9432).
struct CatalogZone {
  SecondaryZone catalog;
  SecondaryZone member;  ///< as each of its zones is followed, but for the name
  /// `[[catalog.group]]`: the same for zones of that group.
  std::vector<std::pair<std::string, SecondaryZone>> groups;
  std::vector<std::string> zones{"*"};  ///< what it may list, as in `[[publisher]]`
  unsigned most_removed_percent = 20;   ///< of its zones at once; one may always go
  std::size_t most_zones = 1'000'000;   ///< that it lists

  /// How a zone of these groups is followed.
  [[nodiscard]] SecondaryZone follow(const Name& zone, const std::vector<std::string>& in_groups) const;
};

/// One `[[notify]]`: who is told when zones have changed here.
struct NotifyRule {
  std::vector<Name> zones;
  bool every_zone = false;
  std::vector<Primary> to;  ///< secondaries: they take part as our primaries do
};

/// Zones that come by transfer, and what a transfer may cost; and who hears of those that changed.
struct Settings {
  std::vector<SecondaryZone> zones;
  std::vector<CatalogZone> catalogs;
  Bounds bounds;
  RefreshBounds refresh;
  std::size_t most = 32;             ///< transfers at once
  std::size_t most_per_primary = 4;  ///< of them from one primary
  std::vector<NotifyRule> notifies;
};

/// Reads from the file's root `[[key]]` (zones/tsig/key_config.h) and
///
///     [transfers]    records, octets_mib, memory_mib, message_timeout, timeout, at_once,
///     at_once_per_primary,
///                    least_refresh, most_refresh, least_retry, most_retry,
///                    on_expire, syntax, zonemd, signatures, expired
///     [[tls]]        tls_profile.h
///     [[catalog]]    the keys of [[secondary]], and member_primaries, zones, most_removed_percent,
///                    most_zones
///     [[catalog.group]] name, primaries and the other keys of [[secondary]] but zone
///     [[secondary]]  zone, primaries ["ADDRESS:PORT", "ADDRESS:PORT key NAME tls NAME"], shrink,
///                    on_expire, syntax, zonemd, signatures, expired
///     [[notify]]     zones, to ["ADDRESS:PORT", "ADDRESS:PORT key NAME"]
///
/// What is wrong is noted in `file`.
[[nodiscard]] Settings read_settings(Section& file);

}  // namespace doors::xfr
