#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace doors {

/// Whether this CPU has instructions for SHA-1, which sha1_with_instructions() is made of.
[[nodiscard]] bool has_sha1_instructions() noexcept;

/// The five words of SHA-1's state, as numbers.
using Sha1State = std::array<std::uint32_t, 5>;

/// Puts one block of 64 octets into the state (FIPS 180-4 §6.1.2). Only where has_sha1_instructions().
void sha1_with_instructions(Sha1State& state, const std::byte* block) noexcept;

}  // namespace doors
