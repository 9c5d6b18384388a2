#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/ctl/outcome.h"
#include "sync/ctl/push_plan.h"
#include "sync/ctl/versions.h"
#include "zones/base/clock.h"
#include "zones/content/content.h"

namespace doors::ctl {

/// Reads `--to`: "SEQ" of the head's epoch, or "EPOCH/SEQ".
[[nodiscard]] Outcome<VersionNumber> parse_version_number(std::string_view text, std::uint32_t epoch_of_head);

/// The version whose content comes back. `history` is oldest first and ends with the head. Without `wanted`
/// it is the newest one before the head that has other content. Errors: no such version, a tombstone, the
/// head itself or one of the same content. Pure.
[[nodiscard]] Outcome<StoredVersion> choose_rollback(const std::vector<StoredVersion>& history,
                                                     std::optional<VersionNumber> wanted);

/// What the old content is published as.
struct RollbackContent {
  Content content;
  /// The serial is the old one, though it is not higher than the head's: secondaries will not follow. Set for
  /// content that is signed or has a ZONEMD: another serial would break both.
  bool keeps_low_serial = false;
};
/// Old content made fit to follow `head`: unsigned content gets the serial after the head's, unless its own
/// is higher already. Pure.
[[nodiscard]] Result<RollbackContent> prepare_rollback(Content old, Serial head);

/// Whether content that comes back may be served at `now`: what it was when it was pushed has been judged
/// then, but its signatures may be over since (gate `expired`). Pure.
[[nodiscard]] PushDecision judge_rollback(const Content& content, WallTime now, const GateModes& modes,
                                          const ForcedGates& forced);

/// True if the SOA is covered by a signature or the zone has a ZONEMD: its serial cannot change.
[[nodiscard]] bool is_bound_to_serial(const Content& content);
/// The same content with another SOA serial.
[[nodiscard]] Result<Content> with_serial(const Content& content, Serial serial);

}  // namespace doors::ctl
