#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace doors {

/// Borrowed octets, read only. A length is always in octets.
using Octets = std::span<const std::byte>;
/// Borrowed octets that the callee fills.
using MutableOctets = std::span<std::byte>;

/// The octets of a text, borrowed for as long as the text lives.
inline Octets octets_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// Octets seen as text, borrowed; not checked for being printable.
inline std::string_view text_of(Octets octets) noexcept {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

/// Big-endian (network order) loads and stores; the caller guarantees the room.
constexpr std::uint16_t load_u16(const std::byte* at) noexcept {
  return static_cast<std::uint16_t>((std::to_integer<unsigned>(at[0]) << 8) |
                                    std::to_integer<unsigned>(at[1]));
}
constexpr std::uint32_t load_u32(const std::byte* at) noexcept {
  return (static_cast<std::uint32_t>(load_u16(at)) << 16) | load_u16(at + 2);
}
constexpr std::uint64_t load_u64(const std::byte* at) noexcept {
  return (static_cast<std::uint64_t>(load_u32(at)) << 32) | load_u32(at + 4);
}
constexpr void store_u16(std::byte* at, std::uint16_t value) noexcept {
  at[0] = static_cast<std::byte>(value >> 8);
  at[1] = static_cast<std::byte>(value & 0xff);
}
constexpr void store_u32(std::byte* at, std::uint32_t value) noexcept {
  store_u16(at, static_cast<std::uint16_t>(value >> 16));
  store_u16(at + 2, static_cast<std::uint16_t>(value & 0xffff));
}
constexpr void store_u64(std::byte* at, std::uint64_t value) noexcept {
  store_u32(at, static_cast<std::uint32_t>(value >> 32));
  store_u32(at + 4, static_cast<std::uint32_t>(value & 0xffff'ffff));
}

}  // namespace doors
