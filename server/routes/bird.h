#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/routes/announcer.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// Drives BIRD 2 by its control socket, speaking its protocol natively: one command line out, one reply by
/// codes in (bird_reply.h), one at a time. Each second, after a reconnect, and whenever the wanted state
/// changes, it says `enable` or `disable` for each protocol and asks for each prefix's route.
///
/// A protocol is enabled while any prefix that names it (or names none) is wanted announced, and disabled
/// when all of them are wanted withdrawn. In BIRD's config those protocols stay enabled, because a
/// `configure` forgets what was said at run time: the lease alone decides then, so a drained PoP is not
/// announced again.
///
/// Every step has 1 s, every reply 64 KiB, every command under 1,000 characters (BIRD 2.0.12 resets the
/// connection above). A socket that is absent, hung, flooding, denied or talking garbage is closed and tried
/// again a second later; nothing else happens. One thread, `io`'s; `io` outlives it.
class Bird final : public Announcer {
 public:
  struct Settings {
    std::filesystem::path socket;
    std::vector<std::string> protocols;  ///< each fit for is_protocol_name()
  };
  /// `changed` is called when the connection or a route's presence changed; from the event loop.
  Bird(boost::asio::io_context& io, Settings settings, std::function<void()> changed);
  ~Bird() override;  // NOLINT(bugprone-exception-escape): as at its definition

  void want(const std::vector<Announcement>& announcements) override;
  [[nodiscard]] AnnouncerReport report() const override;

  /// A name that BIRD reads as one word: a letter or '_', then up to 63 of letters, digits, '_'.
  [[nodiscard]] static bool is_protocol_name(std::string_view name) noexcept;

 private:
  class Conversation;
  std::shared_ptr<Conversation> conversation_;
};

/// One command for BIRD and what its reply is about.
struct BirdCommand {
  std::string line;     ///< without the line's end
  std::string subject;  ///< the protocol, or the prefix whose route is asked for
  bool asks_route = false;
};
/// What to say to BIRD so that it does what is wanted: pure, for Bird and its tests.
[[nodiscard]] std::vector<BirdCommand> bird_commands(const std::vector<std::string>& protocols,
                                                     const std::vector<Announcement>& wanted);

}  // namespace doors
