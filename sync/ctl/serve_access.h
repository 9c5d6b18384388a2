#pragma once

#include <string>
#include <vector>

#include "sync/ctl/outcome.h"

namespace doors::ctl {

/// Who may do more than ask a server that `serve` runs.
struct ServeAccess {
  std::vector<std::string> keys;  ///< NAME:ALGORITHM:BASE64, or NAME:ALGORITHM:@FILE that holds the base64
  std::vector<std::string> transfers;  ///< ADDR, PREFIX or key:NAME
  std::vector<std::string> notifies;   ///< the same
};

/// The same as tables of doord.toml, for all zones. Each address and each key is enough by itself. Error: a
/// key that is not three words.
[[nodiscard]] Outcome<std::string> access_tables(const ServeAccess& access);

/// What `serve` is told of DNS cookies' secrets, as a line of doord.toml's [cookies]: one or two of 32
/// hexadecimal digits, or one @FILE that holds them; none: doord makes its own. Error: anything else; it
/// quotes no secret.
[[nodiscard]] Outcome<std::string> cookie_secrets_line(const std::vector<std::string>& secrets);

}  // namespace doors::ctl
