#include "zones/image/image_content.h"

#include <utility>

#include "zones/content/digest.h"
#include "zones/dns/hashed_name.h"
#include "zones/image/damage.h"

namespace doors {
namespace {

Result<void> add_records(ContentBuilder& builder, NameView owner, RRType type, Octets records) {
  while (!records.empty()) {
    const Ttl ttl(load_u32(records.data() + 4));
    const Octets rdata = records.subspan(layout::block::record_header, load_u16(records.data() + 8));
    if (auto added = builder.add(owner, type, ttl, rdata); !added) return added;
    records = records.subspan(layout::block::record_header + rdata.size());
  }
  return {};
}

Result<void> add_rrset(ContentBuilder& builder, NameView owner, const ImageRRset& rrset) {
  auto added = add_records(builder, owner, rrset.type, rrset.records);
  return added ? add_records(builder, owner, RRType::rrsig, rrset.signatures) : added;
}

Result<void> add_node(ContentBuilder& builder, NodeView node) {
  Result<void> added;
  for (std::size_t i = 0; added && i < node.rrset_count(); ++i)
    added = add_rrset(builder, node.name(), node.rrset_at(i));
  for (std::size_t i = 0; added && i < node.lone_signature_count(); ++i)
    added = add_rrset(builder, node.name(), node.lone_signatures_at(i));
  return added;
}

Result<Content> finished(ContentBuilder& builder, unsigned damage_before) {
  if (ImageDamage::met() != damage_before) return failure("the image is damaged");
  return builder.finish();
}

}  // namespace

Result<Content> content_of(const ZoneImage& image) {
  const unsigned damage = ImageDamage::met();
  ContentBuilder builder{image.origin()};
  for (std::size_t i = 0; i < image.node_count(); ++i) {
    if (auto added = add_node(builder, image.node_in_order(i)); !added) return Unexpected(added.error());
    if (ImageDamage::met() != damage) break;
  }
  auto content = finished(builder, damage);
  if (content && content_digest(*content, run_on_all_cores) != image.version().content_digest)
    return failure("the image is not of the content that it names");
  return content;
}

Result<Content> content_at(const ZoneImage& image, NameView owner) {
  const unsigned damage = ImageDamage::met();
  ContentBuilder builder{image.origin()};
  ImageRRset soa;
  Result<void> added;
  if (image.apex().rrset(RRType::soa, soa))
    added = add_records(builder, image.origin(), RRType::soa, soa.records);
  const HashedName hashed(owner);
  const NodeView node =
      owner.is_at_or_below(image.origin()) ? image.find(hashed, hashed.label_count()) : NodeView();
  if (added && node) added = add_node(builder, node);
  if (!added) return Unexpected(added.error());
  return finished(builder, damage);
}

}  // namespace doors
