#include "sync/pop/laid_changes.h"

#include <utility>

#include "sync/pop/unpack.h"
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

Result<std::optional<LaidChanges>> lay_changes(const Archive& archive, std::shared_ptr<const ZoneImage> image,
                                               const Version& before,
                                               std::span<const StoredVersion> changes) {
  const std::optional<LaidChanges> cannot;
  const unsigned damage = ImageDamage::met();
  const Version* last = &before;
  LaidChanges laid{{}, std::move(image)};
  for (const StoredVersion& next : changes) {
    const auto frames = archive.content(next);
    if (!frames) return Unexpected(frames.error());
    const auto delta = unpack_change(next.version, *last, *frames);
    if (!delta) return Unexpected(delta.error());
    const Diff changed = delta->changes();
    auto overlay = build_overlay(laid.image, edits_of(changed), image_version(next.version));
    if (ImageDamage::met() != damage) return cannot;
    if (!overlay && overlay.error().rebuild) return cannot;
    if (!overlay) return failure("the change does not fit: " + overlay.error().reason);
    const auto base = laid.image->base() ? laid.image->base() : laid.image;
    auto opened = ZoneImage::overlay_from_octets(*overlay, base);
    if (!opened) return cannot;
    laid = {*std::move(overlay), *std::move(opened)};
    last = &next.version;
  }
  return std::optional<LaidChanges>(std::move(laid));
}

}  // namespace doors
