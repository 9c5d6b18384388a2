#include "sync/pop/kept_content.h"

#include <utility>

#include "zones/content/frames.h"
#include "zones/image/image_content.h"
#include "zones/image/image_file.h"

namespace doors {
namespace {

Result<std::shared_ptr<const ZoneImage>> image_of(const std::filesystem::path& images, NameView zone,
                                                  VersionNumber number) {
  return open_image_file(image_path(images, zone, number.epoch, number.seq), ZoneImage::Check::at_use);
}

/// A content's SOA, and what stands at one of its names.
Result<Content> content_at(const Content& whole, NameView owner) {
  ContentBuilder builder{whole.origin()};
  const auto add = [&builder](const RRsetView& rrset) {
    Result<void> added;
    for (const Octets rdata : rrset.rdatas) {
      if (added) added = builder.add(rrset.owner, rrset.type, rrset.ttl, rdata);
    }
    return added;
  };
  Result<void> added = add(whole.soa());
  for (std::size_t i = whole.lower_bound(owner); added && i < whole.rrset_count(); ++i) {
    const RRsetView rrset = whole.rrset(i);
    if (!(rrset.owner == owner)) break;
    added = add(rrset);
  }
  if (!added) return Unexpected(added.error());
  return builder.finish();
}

}  // namespace

Result<std::vector<std::byte>> kept_frames(const Archive& archive, const std::filesystem::path& images,
                                           const StoredVersion& stored) {
  if (stored.version.kind != VersionKind::change) return archive.content(stored);
  auto content = archive.whole_content(stored);
  if (!content) {
    const auto image = image_of(images, stored.version.zone, stored.version.number);
    if (image && (*image)->version().content_digest == stored.version.content_digest)
      content = content_of(**image);
  }
  if (!content) return Unexpected(content.error());
  auto frames = compress_frames(content->stream());
  if (!frames) return Unexpected(std::move(frames).error());
  return std::move(frames->octets);
}

Result<KeptNode> kept_node(const Archive& archive, const std::filesystem::path& images, NameView zone,
                           VersionNumber number, NameView owner) {
  const auto node_of = [](Result<Content> content, bool is_signed) -> Result<KeptNode> {
    if (!content) return Unexpected(std::move(content).error());
    return KeptNode{*std::move(content), is_signed};
  };
  if (const auto image = image_of(images, zone, number))
    return node_of(content_at(**image, owner), (*image)->apex().has(RRType::dnskey));
  const auto stored = archive.version(zone, number.seq);
  if (!stored) return Unexpected(stored.error());
  if (!*stored || (*stored)->version.number != number) return failure("no such version");
  const auto whole = archive.whole_content(**stored);
  if (!whole) return Unexpected(whole.error());
  return node_of(content_at(*whole, owner), whole->find(zone, RRType::dnskey).has_value());
}

}  // namespace doors
