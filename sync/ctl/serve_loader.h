#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sync/ctl/serve_state.h"
#include "sync/ctl/served_zones.h"
#include "zones/base/file.h"
#include "zones/dns/name.h"
#include "zones/load/problem.h"
#include "zones/load/zone_file.h"

namespace doors::ctl {

/// What came of one zone file: an image to hand over, or nothing new, or problems.
struct LoadResult {
  std::filesystem::path path;
  std::vector<Problem> problems;    ///< errors if !good, else warnings
  bool good = false;                ///< the file makes a zone
  bool keeps_old = false;           ///< !good, and the version before stays served
  ServedZones::Came came;           ///< if good
  Name zone;                        ///< if good
  std::optional<Name> likely_zone;  ///< if !good: the zone it would be (likely_origin())
  std::uint32_t serial = 0;         ///< if good and offered
  UniqueFd image;                   ///< if came.verdict is offer
  bool from_cache = false;          ///< the image is one of an earlier run
};

/// Reads zone files and builds their images on all CPUs, beside a main thread that waits for several things:
/// results come through next(), and descriptor() is readable while there are some or the last one was given.
/// At most a few hundred images wait at once. `served` is changed under the loader's lock only while it
/// works.
class ServeLoader {
 public:
  struct Job {
    std::vector<ZoneFile> files;
    ZoneFileOptions options;
    bool check_dnssec = false;
    const ServeState* state = nullptr;  ///< null: images in memory
    bool use_cache = true;
  };
  /// Starts. `served` and the state are borrowed until the loader is gone.
  ServeLoader(Job job, ServedZones& served);
  /// Gives up what is left to do and waits for the threads.
  ~ServeLoader();
  ServeLoader(const ServeLoader&) = delete;
  ServeLoader& operator=(const ServeLoader&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return event_.get(); }
  /// The next result, if one is there. Main thread.
  [[nodiscard]] std::optional<LoadResult> next();
  /// True once every file's result was given. Main thread.
  [[nodiscard]] bool finished();

 private:
  void load(const ZoneFile& file);
  void load_text(const ZoneFile& file, LoadResult& result);
  bool take_from_cache(const ZoneFile& file, LoadResult& result);
  [[nodiscard]] Result<UniqueFd> keep_image(const Name& zone, std::uint64_t seq, Octets image) const;
  void put(LoadResult result);

  Job job_;
  ServedZones& served_;
  std::mutex served_mutex_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<LoadResult> results_;  // under mutex_
  bool done_ = false;               // under mutex_: no more results will come
  std::atomic<bool> stop_{false};
  UniqueFd event_;
  std::thread thread_;
};

}  // namespace doors::ctl
