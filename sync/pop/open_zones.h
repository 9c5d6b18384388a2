#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "sync/pop/image_files.h"
#include "sync/trust/version.h"
#include "zones/content/change_log.h"
#include "zones/image/image.h"

namespace doors {

/// Of zones that get changes, the newest image and the changes that led to it, so that the next change finds
/// them open. The thread that builds only.
class OpenZones {
 public:
  struct Zone {
    std::shared_ptr<const ZoneImage> image;  ///< null: it is not there, or cannot be opened
    ChangeLog log;
  };
  explicit OpenZones(const ImageFiles& images) : images_(images) {}
  /// That version's, opened if need be. Stays until the zone's next call.
  [[nodiscard]] const Zone& open(const Version& version);
  void put(NameView origin, Zone zone);
  void forget(NameView origin);

 private:
  const ImageFiles& images_;
  std::unordered_map<std::string, Zone> zones_;  // by zone, wire and lower case
};

}  // namespace doors
