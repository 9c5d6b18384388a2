#pragma once

#include <vector>

#include "zones/base/config.h"
#include "zones/tsig/key.h"

namespace doors {

/// Reads the tables
///
///     [[key]]  name, algorithm, secret (base64) or secret_file, least_mac, md5
///
/// of a file's root. What is wrong is noted in `file`, and never quotes a secret.
[[nodiscard]] std::vector<TsigKey> read_tsig_keys(Section& file);

}  // namespace doors
