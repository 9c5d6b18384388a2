#include "tests/support/zone_of.h"

#include <cstdio>
#include <cstdlib>

#include "zones/base/file.h"
#include "zones/image/writer.h"
#include "zones/load/zone_file.h"

namespace doors {

namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "test zone: %s\n", why.c_str());
  std::abort();
}

template <class Loaded>
const Content& content_of(const Loaded& loaded) {
  if (!loaded) give_up(loaded.error().front().to_string());
  return loaded->content;
}

std::shared_ptr<const ZoneImage> image_from(const Content& content) {
  const auto octets = build_image(content, {});
  if (!octets) give_up(octets.error().message);
  const auto fd = sealed_memory_file("test zone", *octets);
  if (!fd) give_up(fd.error().message);
  auto image = ZoneImage::open(fd->get());
  if (!image) give_up(image.error().message);
  return *image;
}

ZoneFileOptions below(std::string_view origin) {
  ZoneFileOptions options;
  const auto name = Name::parse(origin);
  if (!name) give_up(name.error().message);
  options.origin = *name;
  return options;
}

}  // namespace

std::shared_ptr<const ZoneImage> image_of(std::string_view origin, std::string_view text) {
  return image_from(content_of(load_zone_text(text, std::string(origin) + "zone", below(origin))));
}

std::shared_ptr<const ZoneImage> image_without_apex_ns(std::string_view origin, std::string_view text) {
  const auto loaded = load_zone_text(text, std::string(origin) + "zone", below(origin));
  const Content& whole = content_of(loaded);
  ContentBuilder builder{whole.origin()};
  for (std::size_t i = 0; i < whole.rrset_count(); ++i) {
    const RRsetView rrset = whole.rrset(i);
    if (rrset.type == RRType::ns && rrset.owner == whole.origin()) continue;
    for (const Octets rdata : rrset.rdatas) {
      if (const auto added = builder.add(rrset.owner, rrset.type, rrset.ttl, rdata); !added) {
        give_up(added.error().message);
      }
    }
  }
  const auto content = builder.finish();
  if (!content) give_up(content.error().message);
  return image_from(*content);
}

std::shared_ptr<const ZoneImage> image_of_file(std::string_view origin, const std::string& path) {
  return image_from(content_of(load_zone_file(path, below(origin))));
}

Snapshot snapshot_of(std::vector<std::shared_ptr<const ZoneImage>> images) {
  return {std::make_shared<ZoneSet>(std::move(images)),
          {.nsid = "test.nsid",
           .id_server = "id of test",
           .hostname_bind = "host of test",
           .version = "doors test"},
          {}};
}

Snapshot zone_of(std::string_view origin, std::string_view text) {
  return snapshot_of({image_of(origin, text)});
}

Snapshot zones_of(std::initializer_list<ZoneText> zones) {
  std::vector<std::shared_ptr<const ZoneImage>> images;
  for (const ZoneText& zone : zones) images.push_back(image_of(zone.origin, zone.text));
  return snapshot_of(std::move(images));
}

}  // namespace doors
