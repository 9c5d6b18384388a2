#pragma once

#include <cstddef>
#include <vector>

#include "zones/base/error.h"
#include "zones/content/content.h"
#include "zones/image/image.h"

namespace doors {

/// Compiles a zone: the octets of its image, as ZoneImage::open() wants them (layout.h). Pure: the same
/// content and version give the same octets; version.serial is the content's, whatever it says. Needs, beside
/// content and image, about 120 octets for each name. Errors: an image over 32 GiB, over 4,095 types at one
/// name, an RRset over 4 GiB. Any thread.
[[nodiscard]] Result<std::vector<std::byte>> build_image(const Content& content, const ImageVersion& version);

}  // namespace doors
