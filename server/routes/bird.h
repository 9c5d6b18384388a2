#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/routes/speaker_socket.h"

namespace doors {

/// Drives BIRD 2 by its control socket, speaking its protocol natively (bird_reply.h): it says `enable` or
/// `disable` for each protocol and asks for each prefix's route.
///
/// A protocol is enabled while any prefix that names it (or names none) is wanted announced, and disabled
/// when all of them are wanted withdrawn. In BIRD's config those protocols stay enabled, because a
/// `configure` forgets what was said at run time: the lease alone decides then, so a drained PoP is not
/// announced again.
///
/// Every reply has 64 KiB, every command under 1,000 characters (BIRD 2.0.12 resets the connection above).
class Bird final : public SpeakerSocket {
 public:
  struct Settings {
    std::filesystem::path socket;
    std::vector<std::string> protocols;  ///< each fit for is_protocol_name()
  };
  Bird(boost::asio::io_context& io, Settings settings, std::function<void()> changed);

  /// A name that BIRD reads as one word: a letter or '_', then up to 63 of letters, digits, '_'.
  [[nodiscard]] static bool is_protocol_name(std::string_view name) noexcept;
};

/// What to say to BIRD so that it does what is wanted: pure, for Bird and its tests.
[[nodiscard]] std::vector<SpeakerCommand> bird_commands(const std::vector<std::string>& protocols,
                                                        const std::vector<Announcement>& wanted);

}  // namespace doors
