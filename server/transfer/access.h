#pragma once

#include <filesystem>
#include <vector>

#include "server/answer/respond.h"
#include "zones/base/ip_address.h"
#include "zones/dns/name.h"
#include "zones/tsig/key.h"

namespace doors {

/// Lets some askers do something with some zones.
struct AccessRule {
  std::vector<Name> zones;
  bool every_zone = false;
  std::vector<IpPrefix> sources;  ///< whence it must come; empty: from anywhere, with a key
  std::vector<Name> keys;         ///< by which it must be signed; empty: by none, from these sources

  /// `key` is that of a verified signature, or null.
  [[nodiscard]] bool allows(NameView zone, const IpAddress& source, const TsigKey* key) const noexcept;
};

/// Who may do more than ask: the keys this server shares, and what whom is allowed. By default nobody
/// anything. Immutable once made, any thread.
struct Access {
  TsigKeys keys;
  std::vector<AccessRule> transfers;  ///< may have whole zones: AXFR, IXFR
  std::vector<AccessRule> notifies;   ///< may say that a zone has changed
  /// Where change logs lie beside the images (zones/content/change_log.h), for IXFR; empty: nowhere.
  std::filesystem::path change_logs;

  [[nodiscard]] bool may_transfer(NameView zone, const IpAddress& source, const TsigKey* key) const noexcept;
  [[nodiscard]] bool may_notify(NameView zone, const IpAddress& source, const TsigKey* key) const noexcept;
  /// Whether a rule for NOTIFY names this very zone: it may come here, even if it is not here yet.
  [[nodiscard]] bool expects(NameView zone) const noexcept;
};

[[nodiscard]] IpAddress address_of(const Client& client) noexcept;

}  // namespace doors
