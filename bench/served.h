#pragma once

#include <memory>
#include <string>

#include "zones/base/file.h"
#include "zones/image/image.h"
#include "zones/image/writer.h"
#include "zones/load/zone_file.h"

namespace doors {

/// The mapped image of a zone that was read, as doord has it; an error that says what is wrong.
inline Result<std::shared_ptr<const ZoneImage>> image_of(
    const Expected<LoadedZone, std::vector<Problem>>& loaded) {
  if (!loaded) return failure(loaded.error().front().to_string());
  const auto octets = build_image(loaded->content, {});
  if (!octets) return Unexpected(octets.error());
  const auto fd = sealed_memory_file("bench", *octets);
  if (!fd) return Unexpected(fd.error());
  return ZoneImage::open(fd->get());
}

}  // namespace doors
