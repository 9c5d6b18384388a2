#include "sync/pop/laid_changes.h"

#include <utility>

#include "zones/image/damage.h"
#include "zones/image/overlay_writer.h"

namespace doors {
namespace {

std::vector<RRsetEdit> edits_of(const Diff& changed) {
  std::vector<RRsetEdit> edits;
  edits.reserve(changed.changes.size());
  for (const RRsetChange& change : changed.changes)
    edits.push_back({change.before ? &*change.before : nullptr, change.after ? &*change.after : nullptr});
  return edits;
}

}  // namespace

ImageVersion image_version(const Version& version) noexcept {
  return {version.number.epoch, version.number.seq, version.serial.raw(), version.content_digest};
}

Result<std::optional<LaidChanges>> lay_changes(const std::shared_ptr<const ZoneImage>& image,
                                               const Delta& changes, const Version& version,
                                               std::size_t most_names) {
  const std::optional<LaidChanges> cannot;
  const unsigned damage = ImageDamage::met();
  const Diff changed = changes.changes();
  auto overlay = build_overlay(image, edits_of(changed), image_version(version), most_names);
  if (ImageDamage::met() != damage) return cannot;
  if (!overlay && overlay.error().rebuild) return cannot;
  if (!overlay) return failure("the change does not fit: " + overlay.error().reason);
  auto opened = ZoneImage::overlay_from_octets(*overlay, image->base() ? image->base() : image);
  if (!opened) return cannot;
  return std::optional<LaidChanges>({*std::move(overlay), *std::move(opened)});
}

}  // namespace doors
