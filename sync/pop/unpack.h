#pragma once

#include "sync/trust/version.h"
#include "zones/base/error.h"
#include "zones/base/octets.h"
#include "zones/content/content.h"
#include "zones/content/delta.h"

namespace doors {

/// The content that a proved version names, from its compressed frames: every frame's length and SHA-256
/// before it is unpacked, never more octets than the record says, and then that it is this zone's content
/// with this serial, this count of records and this digest. Error: which of these fails. Any thread.
[[nodiscard]] Result<Content> unpack_content(const Version& version, Octets frames);

/// The delta that a proved version of the kind `change` names, in the same way. Error: which of these fails,
/// or that it does not lead from `before`, the version before it, to what the record says.
[[nodiscard]] Result<Delta> unpack_change(const Version& version, const Version& before, Octets frames);

}  // namespace doors
