#pragma once

#include "zones/base/error.h"
#include "zones/content/content.h"
#include "zones/dns/name.h"
#include "zones/image/image.h"

namespace doors {

/// The content that an image was made of, an overlay's too. Error: a part of the image is damaged, or it is
/// not what its version's digest says. Takes as long as a transfer. Any thread.
[[nodiscard]] Result<Content> content_of(const ZoneImage& image);

/// The SOA of a zone and what stands at one of its names, signatures too. Error: that part is damaged.
[[nodiscard]] Result<Content> content_at(const ZoneImage& image, NameView owner);

}  // namespace doors
