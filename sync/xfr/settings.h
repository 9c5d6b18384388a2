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
  OnExpire on_expire = OnExpire::servfail;
};

/// Zones that come by transfer, and what a transfer may cost.
struct Settings {
  std::vector<SecondaryZone> zones;
  Bounds bounds;
  RefreshBounds refresh;
  std::size_t most = 32;             ///< transfers at once
  std::size_t most_per_primary = 4;  ///< of them from one primary
};

/// Reads from the file's root `[[key]]` (zones/tsig/key_config.h) and
///
///     [transfers]    records, octets_mib, memory_mib, message_timeout, timeout, at_once,
///     at_once_per_primary,
///                    least_refresh, most_refresh, least_retry, most_retry, on_expire
///     [[secondary]]  zone, primaries ["ADDRESS:PORT", "ADDRESS:PORT key NAME"], shrink, on_expire
///
/// What is wrong is noted in `file`.
[[nodiscard]] Settings read_settings(Section& file);

}  // namespace doors::xfr
