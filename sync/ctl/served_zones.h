#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sync/ctl/zone_files.h"
#include "zones/base/sha256.h"
#include "zones/dns/name.h"

namespace doors::ctl {

/// What one zone file was when it was last read well.
struct ReadFile {
  ZoneFile file;  ///< its stamp at that time
  Name zone;
  Sha256 digest{};        ///< of its content
  bool includes = false;  ///< has $INCLUDE: its stamp alone does not tell whether it changed
};

/// Which file serves which zone: the book-keeping of `serve`, without files or sockets. Of several files of
/// one zone the first in the order of the arguments counts. A file that cannot be read any more keeps its
/// zone served as it was. One thread.
///
///     begin(found) → files to read → came(…) or failed(…) for each → finish() → zones to remove, files to
///     read
///                          ▲                                                                    │
///                          └────────────────────────────── until none ──────────────────────────┘
class ServedZones {
 public:
  /// Starts a round with all zone files there are now, in order; gives the indices (into `found`) of those to
  /// read: new ones, changed ones, bad ones, those with includes.
  [[nodiscard]] std::vector<std::size_t> begin(const std::vector<ZoneFile>& found);

  enum class Verdict : std::uint8_t {
    offer,      ///< new content of its zone: hand it over under `seq`
    unchanged,  ///< the content that is served already
    surplus,    ///< another file serves this zone: `other`
  };
  struct Came {
    Verdict verdict = Verdict::unchanged;
    std::uint64_t seq = 0;
    bool is_new = false;          ///< offer: the zone was not served before
    std::filesystem::path other;  ///< surplus: the file that serves it
    std::filesystem::path
        displaced;  ///< offer: a file read earlier that does not count any more; may be empty
  };
  /// A file of this round was read.
  [[nodiscard]] Came came(const ReadFile& read);
  /// A file of this round could not be read. Gives true if an older version of its zone stays served.
  bool failed(const std::filesystem::path& path);
  /// doord did not take what came() said to offer: the file will be read again, and a new zone is not served.
  void not_taken(const std::filesystem::path& path, const Name& zone, const Came& came);

  struct Finish {
    std::vector<Name> gone;  ///< no file has them any more
    std::vector<std::filesystem::path>
        read;  ///< files to read after all: each was surplus, and its rival has gone
  };
  /// Ends the round, once every file of it came or failed.
  [[nodiscard]] Finish finish();

  [[nodiscard]] std::size_t size() const noexcept { return zones_.size(); }
  [[nodiscard]] bool serves(const Name& zone) const { return zones_.contains(zone); }
  /// Any zone that is served; nothing if there is none.
  [[nodiscard]] std::optional<Name> any_zone() const;

  /// What a later run may trust: the files that serve, as they were read, with their zones' numbers.
  struct Served {
    ReadFile read;
    std::uint64_t seq = 0;
  };
  [[nodiscard]] std::vector<Served> served() const;
  /// Takes over what an earlier run served, before the first round. Only their numbers count until came()
  /// brings them in.
  void remember(NameView zone, std::uint64_t seq);

 private:
  struct FileState {
    std::size_t order = 0;         ///< index in the round's list
    bool present = false;          ///< in this round's list
    bool good = false;             ///< read well at the last try
    std::optional<ReadFile> read;  ///< the last good reading
  };
  struct ZoneState {
    std::string owner;  // a path of files_
    std::uint64_t seq = 0;
    Sha256 digest{};
  };
  [[nodiscard]] bool owns(const std::string& path, const Name& zone) const;

  std::unordered_map<std::string, FileState> files_;  // by path: comparing paths as paths is slow
  std::map<Name, ZoneState> zones_;
  std::map<Name, std::uint64_t> last_seq_;  // of every zone ever seen: a zone that comes back goes on from it
};

}  // namespace doors::ctl
