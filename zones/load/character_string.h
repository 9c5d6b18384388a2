#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "zones/base/octets.h"

namespace doors {

/// Appends what a character-string of zone text means, without quotes around it: \DDD and \X undone (RFC 1035
/// §5.1). Gives what is wrong, or null.
[[nodiscard]] const char* unescape(std::string_view text, std::vector<std::byte>& out);

/// The octets as a string in quotes, which reads back to the same.
[[nodiscard]] std::string quote(Octets octets);

}  // namespace doors
