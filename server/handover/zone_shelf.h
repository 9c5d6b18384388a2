#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "zones/image/image.h"
#include "zones/image/zone_set.h"

namespace doors {

/// The zones a node serves, by origin: what the next ZoneSet is made of. The control thread only.
class ZoneShelf {
 public:
  using Image = std::shared_ptr<const ZoneImage>;
  using Pack = std::shared_ptr<const ImagePack>;
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
  /// Takes in packs: each zone of theirs counts from now on unless an image of its own has a higher version,
  /// and also if it was removed from an older pack. One of the same number goes.
  void add_packs(std::vector<Pack> packs);
  /// Drops packs that are not needed any more; `packed_zones` are what the others have, each counted once.
  void keep_packs(const std::vector<Pack>& superseded, std::size_t packed_zones);
  /// A zone that packs may have is not served from those there are.
  void remove_packed(NameView origin);
  /// The newest first.
  [[nodiscard]] const std::vector<Pack>& packs() const noexcept { return packs_; }
  /// Null if the zone is not there, or in a pack alone. Valid until the next apply().
  [[nodiscard]] const Zone* find(NameView origin) const;
  [[nodiscard]] const std::unordered_map<std::string, Zone>& zones() const noexcept { return zones_; }
  /// What a ZoneSet is made of now.
  [[nodiscard]] ZoneSources sources() const;

 private:
  std::unordered_map<std::string, Zone> zones_;             // none without image
  std::unordered_set<std::string> withheld_;                // none that zones_ has
  std::vector<Pack> packs_;                                 // the newest first
  std::size_t packed_zones_ = 0;                            // 0: not known
  std::unordered_map<std::string, std::uint64_t> removed_;  // from packs up to that number
};

/// What is to say of a set's packs, once it is served.
struct PackReview {
  std::vector<ZoneShelf::Pack> superseded;  ///< of which no zone is served any more
  std::size_t zones = 0;                    ///< what the others have, each counted once
};
/// Looks at every zone of every pack, so it takes long. Any thread.
[[nodiscard]] PackReview review_packs(const ZoneSet& set);

}  // namespace doors
