#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/handover/zone_shelf.h"
#include "server/metrics/counters.h"
#include "zones/base/error.h"
#include "zones/image/zone_set.h"

namespace doors {

/// What `status` tells.
struct ServerStatus {
  std::string version;
  std::int64_t pid = 0;
  std::uint64_t uptime_ms = 0;
  std::uint64_t generation = 0;  ///< of the snapshot all workers run
  std::size_t zones = 0;         ///< in that snapshot
  std::size_t unchecked = 0;     ///< images that are served while the rest of them is being checked
  bool draining = false;
  struct Worker {
    CounterValues values;
    std::uint64_t beat_age_ms = 0;
  };
  std::vector<Worker> workers;
  CounterValues beside_workers;                             ///< what others count that answer, too: AF_XDP
  std::vector<std::pair<std::string, std::string>> fields;  ///< told as they are
};

/// What `listening` tells: resolved addresses, as Endpoint writes them.
struct ListeningAddresses {
  std::vector<std::string> udp;
  std::vector<std::string> tcp;
};

/// The server as its control socket sees it. The control thread calls and is called.
class ControlHost {
 public:
  ControlHost() = default;
  ControlHost(const ControlHost&) = delete;
  ControlHost& operator=(const ControlHost&) = delete;
  virtual ~ControlHost() = default;

  /// The zones that the next set is made of.
  virtual ZoneShelf& shelf() = 0;
  /// Makes a set of what is on the shelf now and gives it to the workers; then calls `done` with its number,
  /// once every worker runs it or a later one.
  virtual void publish(std::function<void(std::uint64_t generation)> done) = 0;
  /// Runs `work` beside the control thread, then `after` on it: for what takes long, as opening a large
  /// image.
  virtual void in_background(std::function<void()> work, std::function<void()> after) = 0;
  /// The snapshot that all workers run.
  [[nodiscard]] virtual std::shared_ptr<const ZoneSet> served() const = 0;
  [[nodiscard]] virtual ServerStatus status() const = 0;
  [[nodiscard]] virtual ListeningAddresses listening() const = 0;
  /// This PoP is being taken out of the anycast, or is not any more: TCP clients that ask are told to leave
  /// (RFC 7828 §3.2.2).
  virtual void set_draining(bool draining) = 0;
  /// Calls `ready` once, as soon as NOTIFY says that zones have changed, with those that were told of since
  /// the last call; it says whether it has taken them. One waits at a time: who waited before is given none.
  virtual void await_notified(std::function<bool(const std::vector<Name>& zones)> ready) = 0;
  /// As SIGHUP: the config is read again and the images directory looked through. Then calls `done`, with an
  /// error if the old config stays in effect.
  virtual void reload(std::function<void(Result<void>)> done) = 0;
};

}  // namespace doors
