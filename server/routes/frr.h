#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "server/routes/speaker_socket.h"

namespace doors {

/// Looks into FRR's BGP table by bgpd's own socket (frr_reply.h): whether it has each prefix from us. FRR
/// follows the lease by `redistribute connected` (deploy/bgp/frr-door.conf), so there is nothing to be told
/// to it, and its config is never touched.
class Frr final : public SpeakerSocket {
 public:
  /// `socket`: /run/frr/bgpd.vty
  Frr(boost::asio::io_context& io, std::filesystem::path socket, std::function<void()> changed);
};

/// What to ask bgpd: pure, for Frr and its tests.
[[nodiscard]] std::vector<SpeakerCommand> frr_commands(const std::vector<Announcement>& wanted);

}  // namespace doors
