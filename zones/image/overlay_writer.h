#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "zones/image/image.h"
#include "zones/image/overlay_names.h"

namespace doors {

/// Of so many names, or of a hundredth of the zone's, an overlay is made; of more, a whole image. It is made
/// anew for each version: some 3 to 8 µs a name.
inline constexpr std::size_t max_overlay_names = 4096;

/// Makes the overlay that shows, on the base of `current` (its own base, or itself), what `current` shows
/// with `edits` applied: the octets that ZoneImage::open_overlay() wants. Answers and transfers are then,
/// octet for octet, those of a whole image of that version. `edits`: no RRset twice. version.serial is the
/// SOA's, whatever it says. Problems: an edit does not fit what is there; or a whole image is needed, because
/// it would be too many names, or another chain of NSEC or NSEC3, or an address for a name that was without.
/// Any thread.
[[nodiscard]] OverlayResult<std::vector<std::byte>> build_overlay(
    const std::shared_ptr<const ZoneImage>& current, std::span<const RRsetEdit> edits,
    const ImageVersion& version, std::size_t most_names = max_overlay_names);

}  // namespace doors
