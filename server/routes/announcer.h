#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace doors {

/// Which interface a lease sits on; the BGP speaker's filters make the policy of it.
enum class Lane : std::uint8_t {
  up,     ///< announced as usual
  far,    ///< announced with a longer AS path: chosen only where no other door is as near
  drain,  ///< announced with GRACEFUL_SHUTDOWN (RFC 8326): go elsewhere if you can
  none,   ///< not announced
};

/// What a BGP speaker should do with one prefix.
enum class Wanted : std::uint8_t {
  as_is,      ///< not known yet (doorkeeper has just started): change nothing
  announced,  ///< let it through, in whichever way the lease's interface says
  withdrawn,
};

/// One prefix's desired state, as told to an announcer.
struct Announcement {
  std::string prefix;    ///< "192.0.2.0/24"
  std::string protocol;  ///< the speaker's name for the route's origin; empty: all that it knows
  Wanted wanted = Wanted::as_is;
  Lane lane = Lane::none;  ///< how, when announced; for a speaker that does not follow the interfaces
  friend bool operator==(const Announcement&, const Announcement&) = default;
};

/// What an announcer knows of the speaker.
struct AnnouncerReport {
  bool connected = false;
  std::string words;  ///< one line for `why`: connected since when, or why not, what it last did
  struct Route {
    std::string prefix;
    bool present = false;  ///< the speaker has this route from us
    friend bool operator==(const Route&, const Route&) = default;
  };
  std::vector<Route> routes;  ///< as the speaker last said; empty when it is not connected
};

/// Drives a BGP speaker beside the lease: the second, redundant withdrawal, and the look at what it really
/// has. The desired state goes in; how and when it gets there, retries and reconnects are the announcer's own
/// business. It never blocks, never throws, and its failure never changes what the lease says. One thread,
/// its event loop's.
class Announcer {
 public:
  Announcer() = default;
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;
  virtual ~Announcer() = default;

  /// The state wanted from now on, all prefixes each time.
  virtual void want(const std::vector<Announcement>& announcements) = 0;
  [[nodiscard]] virtual AnnouncerReport report() const = 0;
};

}  // namespace doors
