#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"

namespace doors {

/// What our processes say to each other over local SEQPACKET sockets: a verb and named values, all text or
/// octets. One message is one packet, so there is no framing:
///
///     "DOR1" | verb length u8 | verb | field count u16 | { key length u8 | key | value length u32 | value }*
///
/// numbers big-endian, nothing after the last field. Descriptors (an image, a bundle of versions) ride beside
/// it. A key may come more than once; get() gives the first. What is too large for a packet travels as a
/// sealed memory file. Which verbs a socket knows is said in the README of its folder.
class ControlMessage {
 public:
  static constexpr std::size_t max_octets = 64 * 1024;
  static constexpr std::size_t max_fields = 4096;

  ControlMessage() = default;
  explicit ControlMessage(std::string verb) : verb_(std::move(verb)) {}

  [[nodiscard]] const std::string& verb() const noexcept { return verb_; }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const noexcept {
    return fields_;
  }

  /// Adds a field; chains. Key 1..255 octets.
  ControlMessage& with(std::string key, std::string value);
  ControlMessage& with(std::string key, std::uint64_t value) {
    return with(std::move(key), std::to_string(value));
  }

  /// The first value of `key`, borrowed from this message; nothing when absent.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view key) const noexcept;
  /// The same, or "" when absent.
  [[nodiscard]] std::string_view text(std::string_view key) const noexcept { return get(key).value_or(""); }
  /// The value of `key` as a decimal number; nothing when absent or not wholly a number.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view key) const noexcept;

  /// The packet. Error: over max_octets or max_fields, or an empty or overlong key or verb.
  [[nodiscard]] Result<std::vector<std::byte>> encode() const;
  /// Reads a packet from another process, which may be hostile: strict, bounded.
  [[nodiscard]] static Result<ControlMessage> decode(Octets packet);

  friend bool operator==(const ControlMessage&, const ControlMessage&) = default;

 private:
  std::string verb_;
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace doors
