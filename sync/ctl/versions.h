#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sync/ctl/session.h"
#include "sync/trust/version.h"
#include "zones/content/content.h"
#include "zones/dns/name.h"
#include "zones/dns/serial.h"

namespace doors::ctl {

/// One version of a zone as doorsync tells it (verbs `head` and `version`).
struct StoredVersion {
  Name zone;
  VersionNumber number;
  Serial serial{0};
  std::array<std::byte, 32> digest{};
  VersionHash hash{};  ///< what the next version names as its previous
  std::uint64_t records = 0;
  std::uint64_t created = 0;  ///< seconds since 1970
  std::string publisher;      ///< key id in hex
  std::string comment;
  VersionKind kind = VersionKind::push;
  std::uint32_t stage = 0;           ///< the rollout it belongs to; 0: none
  std::uint64_t changes = 0;         ///< since the last version with a whole content, itself too
  std::uint64_t changed_octets = 0;  ///< of all of those
};
/// Reads such a message. Error: a field is missing or wrong.
[[nodiscard]] Result<StoredVersion> read_stored_version(const ControlMessage& message);

/// The newest version of every zone, tombstones included.
[[nodiscard]] Outcome<std::map<Name, StoredVersion>> ask_heads(Session& doorsync);
/// All versions of one zone that the store keeps, oldest first.
[[nodiscard]] Outcome<std::vector<StoredVersion>> ask_history(Session& doorsync, NameView zone);
/// The content of one version, checked against its digest.
[[nodiscard]] Outcome<Content> ask_content(Session& doorsync, const StoredVersion& version);
/// The same of many versions: `each` gets them in order, or why one cannot be had. Requests go ahead of the
/// replies, so that doorsync fetches the next while this one is looked at.
[[nodiscard]] Outcome<void> ask_contents(Session& doorsync, const std::vector<const StoredVersion*>& versions,
                                         const std::function<void(std::size_t, Result<Content>)>& each);

/// "2026-11-21 11:30:05" in UTC.
[[nodiscard]] std::string calendar(std::uint64_t seconds_since_1970);

}  // namespace doors::ctl
