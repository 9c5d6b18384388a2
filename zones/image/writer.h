#pragma once

#include <cstddef>
#include <vector>

#include "zones/base/error.h"
#include "zones/content/content.h"
#include "zones/image/image.h"

namespace doors {

/// Compiles a zone's content into an image: everything a query could need is settled here (zone cuts, glue, empty
/// non-terminals, wildcards, denial). Pure: the same content and version give the same octets. `version.serial` is
/// taken from the content, whatever it says. Errors: over 2^32 nodes' or blocks' worth of octets (32 GiB each).
[[nodiscard]] Result<std::vector<std::byte>> build_image(const Content& content, const ImageVersion& version);

}  // namespace doors
