#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/octets.h"

namespace doors {

/// The text of LOC (RFC 1876 §3):
///
///     d1 [m1 [s1]] N|S   d2 [m2 [s2]] E|W   altitude[m] [size[m] [horizontal[m] [vertical[m]]]]

/// Reads all words of a LOC's RDATA and appends them in wire form. Gives what is wrong, or null.
[[nodiscard]] const char* read_location(std::span<const std::string_view> words, std::vector<std::byte>& out);

/// Writes RDATA that valid_rdata() has passed; "" for a version other than 0, of which only the octets are
/// known.
[[nodiscard]] std::string write_location(Octets rdata);

}  // namespace doors
