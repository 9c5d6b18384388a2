#pragma once

#include <array>
#include <cstddef>

#include "zones/base/octets.h"

namespace doors {

using Sha1 = std::array<std::byte, 20>;

/// SHA-1 (FIPS 180-4 §6.1) of two pieces, one after the other. It protects nothing any more; NSEC3 is made of
/// it (RFC 5155). Never throws, never allocates. Any thread.
[[nodiscard]] Sha1 sha1(Octets first, Octets second) noexcept;

}  // namespace doors
