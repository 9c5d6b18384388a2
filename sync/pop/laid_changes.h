#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sync/pop/archive.h"
#include "zones/base/error.h"
#include "zones/image/image.h"

namespace doors {

/// An image as its files have it, and open.
struct LaidChanges {
  std::vector<std::byte> overlay;
  std::shared_ptr<const ZoneImage> image;
};

/// Lays proved changes on the image of the version `before` them, one after the other: the overlay that shows
/// the last of them on that image's base. Nothing: only a whole image can show them, or the one there is
/// damaged. Error: they do not fit.
[[nodiscard]] Result<std::optional<LaidChanges>> lay_changes(const Archive& archive,
                                                             std::shared_ptr<const ZoneImage> image,
                                                             const Version& before,
                                                             std::span<const StoredVersion> changes);

/// What an image says of the version that it holds.
[[nodiscard]] ImageVersion image_version(const Version& version) noexcept;

}  // namespace doors
