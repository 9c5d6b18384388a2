#pragma once

#include <filesystem>
#include <vector>

#include "sync/pop/archive.h"
#include "zones/base/error.h"
#include "zones/content/content.h"

namespace doors {

/// The compressed content of a version; of a change that of the content it leads to, which its image among
/// `images` has where the archive has lost a part of it. Any thread.
[[nodiscard]] Result<std::vector<std::byte>> kept_frames(const Archive& archive,
                                                         const std::filesystem::path& images,
                                                         const StoredVersion& stored);

/// What one name of a zone is.
struct KeptNode {
  Content content;  ///< the zone's SOA, and all that stands at the name
  bool zone_is_signed = false;
};
/// The name in that version: from its image, so that the zone's size costs nothing; from its content where
/// that lies in a pack or is not made yet. Any thread.
[[nodiscard]] Result<KeptNode> kept_node(const Archive& archive, const std::filesystem::path& images,
                                         NameView zone, VersionNumber number, NameView owner);

}  // namespace doors
