#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "zones/base/file.h"
#include "zones/image/image.h"
#include "zones/image/writer.h"
#include "zones/load/zone_file.h"

namespace doors {

/// The content of zone text below `origin`; a failed REQUIRE says what is wrong with the text.
inline Content content_of(std::string_view origin, std::string_view text) {
  ZoneFileOptions options;
  options.origin = *Name::parse(origin);
  auto loaded = load_zone_text(text, "test.zone", options);
  if (!loaded) {
    for (const Problem& problem : loaded.error()) MESSAGE(problem.to_string());
  }
  REQUIRE(loaded.has_value());
  return std::move(loaded->content);
}

/// The image file of a content, through a memory file as doord gets it.
inline std::shared_ptr<const ZoneImage> image_of(const Content& content, const ImageVersion& version = {}) {
  const auto octets = build_image(content, version);
  REQUIRE(octets.has_value());
  const auto fd = sealed_memory_file("test image", *octets);
  REQUIRE(fd.has_value());
  auto image = ZoneImage::open(fd->get());
  if (!image) MESSAGE(image.error().message);
  REQUIRE(image.has_value());
  return *image;
}

inline std::shared_ptr<const ZoneImage> image_of(std::string_view origin, std::string_view text) {
  return image_of(content_of(origin, text));
}

/// One line that says what a name is in a zone: "KIND NODE [encloser NAME]".
inline std::string looked_up(const ZoneImage& image, std::string_view name) {
  const Lookup found = image.lookup(HashedName(*Name::parse(name)));
  switch (found.kind) {
    case Lookup::Kind::zone_cut:
      return (found.exact ? "at cut " : "below cut ") + found.node.name().to_string();
    case Lookup::Kind::dname:
      return "dname " + found.node.name().to_string();
    case Lookup::Kind::exact:
      return (found.node.is_empty_non_terminal() ? "empty " : "exact ") + found.node.name().to_string();
    case Lookup::Kind::wildcard:
      return "wildcard " + found.node.name().to_string() + " below " +
             found.closest_encloser.name().to_string();
    case Lookup::Kind::no_such_name:
      return "none below " + found.closest_encloser.name().to_string() + " " +
             std::to_string(found.encloser_labels);
  }
  return "?";
}

}  // namespace doors
