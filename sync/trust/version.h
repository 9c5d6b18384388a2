#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/content/frames.h"
#include "zones/dns/name.h"
#include "zones/dns/serial.h"

namespace doors {

/// The first 8 octets of the SHA-256 of a public key: which key signed, in records and logs.
using KeyId = std::array<std::byte, 8>;
/// What one version is called by the next: the Merkle leaf hash of its record (merkle.h). All zero before the
/// first.
using VersionHash = std::array<std::byte, 32>;

enum class VersionKind : std::uint8_t {
  push = 1,       ///< new content
  rollback = 2,   ///< content of an earlier version, as a new version
  tombstone = 3,  ///< the zone is deleted; no content. `serial` is the last one
  change = 4,  ///< a delta (zones/content/delta.h) to the version before; all else says what it makes of it
};
[[nodiscard]] std::string_view to_string(VersionKind kind) noexcept;
[[nodiscard]] std::optional<VersionKind> parse_version_kind(std::string_view text) noexcept;

/// Where a version stands in its zone's chain: first by epoch, then by seq. Serials play no part in it.
struct VersionNumber {
  std::uint32_t epoch = 0;
  std::uint64_t seq = 0;
  friend constexpr auto operator<=>(const VersionNumber&, const VersionNumber&) noexcept = default;
  /// "1/42"
  [[nodiscard]] std::string to_string() const;
};

/// One version of one zone: the record that a publisher signs. The octets are drawn in sync/README.md; the
/// same Version always encodes to the same octets, and decode() takes no others.
struct Version {
  static constexpr std::size_t max_comment_octets = 1024;
  static constexpr std::size_t max_frames = 1024;
  /// Compressed or not; ours hold frame_content_octets.
  static constexpr std::uint32_t max_frame_octets = 16 * 1024 * 1024;
  /// No record is longer; it fits a control message.
  static constexpr std::size_t max_record_octets = 48 * 1024;

  VersionKind kind = VersionKind::push;
  Name zone;  ///< encoded in lower case
  VersionNumber number{1, 1};
  Serial serial{0};                            ///< the SOA's
  std::uint64_t created = 0;                   ///< seconds since 1970; says when, decides nothing
  KeyId publisher{};                           ///< who signs; sign_push() fills it in
  std::array<std::byte, 32> content_digest{};  ///< zones/content/digest.h; zero for a tombstone
  VersionHash previous{};                      ///< of the version before; zero for the first
  std::uint64_t records = 0;                   ///< resource records; 0 for a tombstone
  std::string comment;                         ///< any text of at most max_comment_octets
  /// Of a rollout: its number (sync/fleet/plan.h), and a node takes the version when its wave is open. 0: at
  /// once.
  std::uint32_t stage = 0;
  /// The compressed content, frame by frame; none for a tombstone. What is signed covers each frame's length
  /// and SHA-256, and both are checked before the octets are used.
  std::vector<Frame> frames;

  /// Sums over `frames`.
  [[nodiscard]] std::uint64_t compressed_octets() const noexcept;
  [[nodiscard]] std::uint64_t content_octets() const noexcept;

  /// The record. Error: a limit above is passed, or content and kind contradict each other.
  [[nodiscard]] Result<std::vector<std::byte>> encode() const;
  /// Reads a record of any origin, strictly: nothing missing, nothing behind, lower-case zone, all limits.
  [[nodiscard]] static Result<Version> decode(Octets record);

  friend bool operator==(const Version&, const Version&) = default;
};

/// "3f9a…": 16 hex digits.
[[nodiscard]] std::string to_string(const KeyId& id);

}  // namespace doors
