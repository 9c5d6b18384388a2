#pragma once

#include "server/transfer/access.h"
#include "zones/base/config.h"

namespace doors {

/// Reads from the file's root
///
///     [[key]]       name, algorithm, secret (base64) or secret_file, least_mac, md5
///     [[transfer]]  zones, to, keys
///     [[notify]]    zones, from, keys
///
/// A rule names addresses, keys or both; with both it wants both. What is wrong is noted in `file`, and never
/// quotes a secret.
[[nodiscard]] Access read_access(Section& file);

}  // namespace doors
