#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/xfr/expiry.h"
#include "sync/xfr/lanes.h"
#include "sync/xfr/settings.h"
#include "zones/base/clock.h"
#include "zones/base/error.h"
#include "zones/base/file.h"
#include "zones/dns/serial.h"

namespace boost::asio {
class io_context;
}

namespace doors::xfr {

/// A zone as it came from a primary.
struct Arrival {
  Name zone;
  UniqueFd stream;  ///< its content, unchecked; or the Delta that leads to it from the content that was given
  bool is_change = false;         ///< that
  std::uint64_t zone_octets = 0;  ///< of the whole content's stream, as the worker says
  std::string primary;
  bool from_catalog = false;
  bool may_shrink = false;
  bool may_go_back = false;  ///< to an older serial: somebody asked for the zone again
};

/// Where one zone stands, for `status`.
struct SecondaryRow {
  Name zone;
  std::string primary;  ///< whose turn it is, or that is being asked
  bool asking = false;
  std::optional<Monotonic> confirmed;  ///< when a primary last had nothing newer
  Monotonic due;
  std::optional<Monotonic> expires;
  std::string problem;  ///< of the latest try; empty: none
};

/// This node as a secondary (RFC 1034 §4.3.5, 1995, 1996, 5936): each zone's primaries are asked for its
/// serial when its time has come, or somebody says so, and for the zone if theirs is newer.
///
///     RefreshTimer: due ─► Lanes: room ─► SerialAsker ─► newer ─► worker: IXFR, else AXFR ─► publish
///                                             └─► not newer: confirmed
///
/// Where UDP gives no answer, a worker asks for the serial, too. Of what a primary sends, workers alone read
/// more than one datagram with a SOA (worker_process.h). The loop's thread only.
class Secondaries {
 public:
  /// Whoever keeps the versions. The replies come from the loop, never from inside the call.
  struct Versions {
    /// The newest version's serial; nothing: the zone is not there. Error: it is not to be followed.
    std::function<void(const SecondaryZone&, std::function<void(Result<std::optional<Serial>>)>)> ask_serial;
    /// A file with the newest version's content stream.
    std::function<void(const Name&, std::function<void(Result<UniqueFd>)>)> ask_content;
    /// Makes a version of it. The reply says why not; empty: it is one now.
    std::function<void(Arrival, std::function<void(std::string)>)> publish;
  };
  /// `io`, `clock` and `expiry`, which follows these zones, outlive it.
  Secondaries(boost::asio::io_context& io, const Clock& clock, Settings settings, Expiry& expiry,
              Versions versions);
  Secondaries(const Secondaries&) = delete;
  Secondaries& operator=(const Secondaries&) = delete;
  ~Secondaries();  ///< kills what runs

  /// Follows this zone, too, or in another way than before.
  void add(SecondaryZone zone);
  /// And this one no more, whatever was going on.
  void remove(const Name& zone);
  /// Asks the zone's primaries now. False: it is none of ours.
  bool refresh(const Name& zone);
  /// The same, and takes all of it, whatever its serial is.
  bool retransfer(const Name& zone);
  [[nodiscard]] std::vector<SecondaryRow> rows() const;

 private:
  class Follower;
  struct Places {
    Lanes questions;  ///< over UDP
    Lanes transfers;  ///< workers
  };
  boost::asio::io_context& io_;
  const Clock& clock_;
  const Settings settings_;  // but for the zones
  Expiry& expiry_;
  const Versions versions_;
  Places lanes_;
  std::map<Name, std::shared_ptr<Follower>> followers_;
};

}  // namespace doors::xfr
