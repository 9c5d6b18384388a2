#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/routes/announcer.h"
#include "zones/base/octets.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// Reads one reply of a BGP speaker from whatever octets arrive, in any pieces, and keeps of it only what is
/// asked here. What breaks the form or the reply's bound makes it broken for good.
class SpeakerReply {
 public:
  enum class State : std::uint8_t { more, complete, broken };

  SpeakerReply() = default;
  SpeakerReply(const SpeakerReply&) = default;
  SpeakerReply& operator=(const SpeakerReply&) = default;
  virtual ~SpeakerReply() = default;

  /// Takes octets; gives the state after them.
  virtual State feed(Octets octets) noexcept = 0;
  /// The speaker's code of how it went; only when complete, as the two below.
  [[nodiscard]] virtual int code() const noexcept = 0;
  [[nodiscard]] virtual bool succeeded() const noexcept = 0;
  /// Whether it shows a route of ours.
  [[nodiscard]] virtual bool has_route() const noexcept = 0;
};

/// One command for a speaker and what its reply is about.
struct SpeakerCommand {
  std::string line;     ///< without the line's end
  std::string subject;  ///< what is told, or the prefix whose route is asked for
  bool asks_route = false;
};

/// Talks to a BGP speaker by its local control socket: one command out, one reply in, one at a time. Each
/// second, after a reconnect, and whenever the wanted state changes, it says all that `commands` makes of
/// that state.
///
/// Every step has 1 s, every reply its bound. A socket that is absent, hung, flooding, denied or talking
/// garbage is closed and tried again a second later; nothing else happens. One thread, `io`'s; `io` outlives
/// it.
class SpeakerSocket : public Announcer {
 public:
  struct Settings {
    std::filesystem::path socket;
    std::string protocol_of;  ///< "BIRD's", for words
    bool greets = false;      ///< it says something before it is asked
    char line_end = '\n';
    std::function<std::unique_ptr<SpeakerReply>()> new_reply;
    std::function<std::vector<SpeakerCommand>(const std::vector<Announcement>&)> commands;
  };
  /// `changed` is called when the connection or a route's presence changed; from the event loop.
  SpeakerSocket(boost::asio::io_context& io, Settings settings, std::function<void()> changed);
  ~SpeakerSocket() override;  // NOLINT(bugprone-exception-escape): as at its definition

  void want(const std::vector<Announcement>& announcements) override;
  [[nodiscard]] AnnouncerReport report() const override;

 private:
  class Conversation;
  std::shared_ptr<Conversation> conversation_;
};

}  // namespace doors
