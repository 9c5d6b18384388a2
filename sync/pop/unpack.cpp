#include "sync/pop/unpack.h"

#include "zones/content/digest.h"
#include "zones/content/frames.h"

namespace doors {

Result<Content> unpack_content(const Version& version, Octets frames) {
  auto stream = decompress_frames(frames, version.frames, version.content_octets(), run_on_all_cores);
  if (!stream) return Unexpected(std::move(stream).error());
  auto content = Content::parse(*std::move(stream));
  if (!content) return content;
  if (content->origin() != version.zone.view()) {
    return failure("the content is that of " + content->origin().to_string());
  }
  if (content->serial() != version.serial) {
    return failure("the content has serial " + std::to_string(content->serial().raw()) + ", its record " +
                   std::to_string(version.serial.raw()));
  }
  if (content->record_count() != version.records) {
    return failure("the content has " + std::to_string(content->record_count()) +
                   " records, its record says " + std::to_string(version.records));
  }
  if (content_digest(*content, run_on_all_cores) != version.content_digest) {
    return failure("the content has another digest than its record says");
  }
  return content;
}

Result<Delta> unpack_change(const Version& version, const Version& before, Octets frames) {
  const auto stream = decompress_frames(frames, version.frames, version.content_octets());
  if (!stream) return Unexpected(stream.error());
  auto delta = Delta::parse(*stream);
  if (!delta) return delta;
  if (delta->come().origin() != version.zone.view())
    return failure("the change is of " + delta->come().origin().to_string());
  if (delta->gone().serial() != before.serial || delta->come().serial() != version.serial)
    return failure("the change leads between other serials than its record says");
  if (delta->records_after(before.records) != version.records)
    return failure("the change leads to another number of records than its record says");
  if (delta->digest_after(before.content_digest) != version.content_digest)
    return failure("the change leads to another digest than its record says");
  return delta;
}

}  // namespace doors
