#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sync/trust/version.h"
#include "zones/base/error.h"
#include "zones/content/delta.h"
#include "zones/image/image.h"

namespace doors {

/// An image as its files have it, and open.
struct LaidChanges {
  std::vector<std::byte> overlay;
  std::shared_ptr<const ZoneImage> image;
};

/// Lays what leads from the version of `image` to `version` on it: the overlay that shows that version on the
/// image's base, of at most so many names. Nothing: only a whole image can show it, or the one there is
/// damaged. Error: it does not fit.
[[nodiscard]] Result<std::optional<LaidChanges>> lay_changes(const std::shared_ptr<const ZoneImage>& image,
                                                             const Delta& changes, const Version& version,
                                                             std::size_t most_names);

/// What an image says of the version that it holds.
[[nodiscard]] ImageVersion image_version(const Version& version) noexcept;

}  // namespace doors
