#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "server/routes/announcer.h"
#include "server/routes/local_poller.h"

namespace doors {

/// Drives ExaBGP by way of the follower that runs as its process (server/health/follower.h). The follower
/// goes by the leases, so an announcement ends with its lease whoever has died; told here that a prefix is
/// wanted withdrawn, it withdraws a lease's route too. Tells each second what is wanted. One thread, `io`'s;
/// `io` outlives it.
class Exabgp final : public Announcer {
 public:
  /// `socket`: the follower's. `changed` is called when the connection or a route's presence changed.
  Exabgp(boost::asio::io_context& io, std::filesystem::path socket, std::function<void()> changed);

  void want(const std::vector<Announcement>& announcements) override { wanted_ = announcements; }
  [[nodiscard]] AnnouncerReport report() const override { return report_; }

 private:
  void take(AnnouncerReport report);

  std::function<void()> changed_;
  std::vector<Announcement> wanted_;
  AnnouncerReport report_;
  LocalPoller poller_;  ///< last: its handlers use the others
};

/// What Exabgp asks the follower: `want` with a field `announced`, `withdrawn` or `as_is` for each prefix.
[[nodiscard]] ControlMessage follower_request(const std::vector<Announcement>& wanted);
/// What the follower answers, as a report: `routes` with a field `present` or `absent` for each prefix, and
/// `problem`.
[[nodiscard]] AnnouncerReport read_follower(const ControlMessage& reply);

}  // namespace doors
