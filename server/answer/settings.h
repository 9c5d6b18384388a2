#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/answer/snapshot.h"
#include "zones/base/config.h"
#include "zones/dns/name.h"

namespace doors {

/// Reads `[identity]`: nsid, id_server, hostname_bind, version. The first two are `name` unless set.
[[nodiscard]] ConfigResult<Identity> read_identity(Section section, const std::string& name);

/// [cookies]: how this node takes part in its fleet's DNS cookies.
struct CookieSettings {
  bool enabled = true;  ///< else COOKIE options are ignored
  /// As configured; without a secret each process makes one for itself, which no other node knows.
  Cookies cookies;
};
/// Reads `[cookies]`: enabled, secrets or secret_file, demand. A secret is 32 hexadecimal digits; of two the
/// first makes cookies, so that a roll-over is: "old, new", then "new, old", then "new" on all nodes.
[[nodiscard]] ConfigResult<CookieSettings> read_cookies(Section section);
/// One secret of text; nothing if it is none.
[[nodiscard]] std::optional<CookieSecret> parse_cookie_secret(std::string_view text);

/// Reads `[report]`: agent, a domain name; the root when it is not set.
[[nodiscard]] ConfigResult<Name> read_report(Section section);

}  // namespace doors
