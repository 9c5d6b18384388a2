#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "server/answer/snapshot.h"
#include "zones/image/image.h"

namespace doors {

/// Zone text below an origin.
struct ZoneText {
  std::string_view origin;
  std::string_view text;
};

/// The image of a zone text, through content, writer, a memory file and its check: just as doord gets it.
/// Text that is wrong ends the test program with the reason on stderr, so that a zone may be a constant of a
/// test suite.
std::shared_ptr<const ZoneImage> image_of(std::string_view origin, std::string_view text);
/// The same, but for the NS that the text has at the apex: text without it is refused, content that came in
/// by another way may lack it.
std::shared_ptr<const ZoneImage> image_without_apex_ns(std::string_view origin, std::string_view text);
/// As image_of(), from a file: unpacked test data.
std::shared_ptr<const ZoneImage> image_of_file(std::string_view origin, const std::string& path);

/// A snapshot that serves one zone, with NSID "test.nsid" and a CHAOS identity.
Snapshot zone_of(std::string_view origin, std::string_view text);
/// One that serves several, or none.
Snapshot zones_of(std::initializer_list<ZoneText> zones);
Snapshot snapshot_of(std::vector<std::shared_ptr<const ZoneImage>> images);

}  // namespace doors
