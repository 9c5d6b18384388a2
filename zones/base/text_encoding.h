#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/octets.h"

namespace doors {

/// Octets written as text, strictly: no blanks, no line ends, nothing beyond the alphabet. append_…() put the
/// octets behind those that `out` has, and on false leave it as it was. Any thread.

/// Base 16 (RFC 4648 §8), lower case.
[[nodiscard]] std::string to_hex(Octets octets);
/// Either case; nothing if a digit is bad or there is an odd number of them.
[[nodiscard]] std::optional<std::vector<std::byte>> from_hex(std::string_view text);
[[nodiscard]] bool append_hex(std::string_view text, std::vector<std::byte>& out);

/// Base 64 with padding (RFC 4648 §4).
[[nodiscard]] std::string to_base64(Octets octets);
/// Needs the padding; nothing if a letter is bad, the length is no multiple of 4 or the unused bits are not
/// 0.
[[nodiscard]] std::optional<std::vector<std::byte>> from_base64(std::string_view text);
[[nodiscard]] bool append_base64(std::string_view text, std::vector<std::byte>& out);

/// Base 32 with the extended hex alphabet, without padding: hashed owner names (RFC 5155 §1.3), lower case.
[[nodiscard]] std::string to_base32hex(Octets octets);
/// Either case; nothing if a letter is bad, the length is impossible or the unused bits are not 0.
[[nodiscard]] std::optional<std::vector<std::byte>> from_base32hex(std::string_view text);
[[nodiscard]] bool append_base32hex(std::string_view text, std::vector<std::byte>& out);

}  // namespace doors
