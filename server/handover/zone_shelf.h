#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "zones/image/image.h"

namespace doors {

/// The zones a node serves, by origin: what the next ZoneSet is made of. The control thread only.
class ZoneShelf {
 public:
  using Image = std::shared_ptr<const ZoneImage>;
  /// Where an image came from: one that was found in the directory goes when its files go; one that was
  /// handed over stays until it is removed.
  enum class Origin : std::uint8_t { directory, handed_over };
  struct Zone {
    Image image;
    Origin origin = Origin::handed_over;
    bool withheld = false;  ///< of a change without image: the zone stays known, but is not answered from
  };
  /// Changes put aside until a swap: the new image, or null to remove or to withhold the zone. By key_of()
  /// the origin.
  using Changes = std::unordered_map<std::string, Zone>;

  /// The same for all spellings of a name.
  [[nodiscard]] static std::string key_of(NameView origin);

  /// Puts changes into effect.
  void apply(Changes changes);
  /// The same for what was found in the directory while the shelf went on changing: only images above those
  /// on it, no removal of what was handed over, and nothing of a zone that is withheld, as the files are why.
  void apply_found(Changes changes);
  /// Null if the zone is not there. Valid until the next apply().
  [[nodiscard]] const Zone* find(NameView origin) const;
  [[nodiscard]] const std::unordered_map<std::string, Zone>& zones() const noexcept { return zones_; }
  /// All images, for ZoneSet, in no order.
  [[nodiscard]] std::vector<Image> images() const;
  /// Origins of the zones that are withheld, for ZoneSet, in no order.
  [[nodiscard]] std::vector<Name> withheld() const;
  [[nodiscard]] std::size_t size() const noexcept { return zones_.size(); }

 private:
  std::unordered_map<std::string, Zone> zones_;  // none without image
  std::unordered_set<std::string> withheld_;     // none that zones_ has
};

}  // namespace doors
