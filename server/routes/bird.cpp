#include "server/routes/bird.h"

#include <algorithm>
#include <utility>

#include "server/routes/bird_reply.h"

namespace doors {

namespace {

constexpr std::size_t max_command_octets = 1000;

bool concerns(const Announcement& announcement, const std::string& protocol) {
  return announcement.protocol.empty() || announcement.protocol == protocol;
}

}  // namespace

bool Bird::is_protocol_name(std::string_view name) noexcept {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && name.size() <= 64 && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::vector<SpeakerCommand> bird_commands(const std::vector<std::string>& protocols,
                                          const std::vector<Announcement>& wanted) {
  std::vector<SpeakerCommand> commands;
  for (const std::string& protocol : protocols) {
    bool any_announced = false;
    bool any_as_is = false;
    bool any = false;
    for (const Announcement& announcement : wanted) {
      if (!concerns(announcement, protocol)) continue;
      any = true;
      any_announced = any_announced || announcement.wanted == Wanted::announced;
      any_as_is = any_as_is || announcement.wanted == Wanted::as_is;
    }
    if (any_announced)
      commands.push_back({"enable " + protocol, protocol, false});
    else if (any && !any_as_is)
      commands.push_back({"disable " + protocol, protocol, false});
  }
  for (const Announcement& announcement : wanted) {
    std::string line = "show route " + announcement.prefix;
    line +=
        announcement.protocol.empty() ? " where source = RTS_DEVICE" : " protocol " + announcement.protocol;
    commands.push_back({std::move(line), announcement.prefix, true});
  }
  std::erase_if(commands,
                [](const SpeakerCommand& command) { return command.line.size() >= max_command_octets; });
  return commands;
}

Bird::Bird(boost::asio::io_context& io, Settings settings, std::function<void()> changed)
    : SpeakerSocket(io,
                    {.socket = std::move(settings.socket),
                     .protocol_of = "BIRD's",
                     .greets = true,
                     .line_end = '\n',
                     .new_reply = [] { return std::make_unique<BirdReply>(); },
                     .commands = [protocols = std::move(settings.protocols)](
                                     const auto& wanted) { return bird_commands(protocols, wanted); }},
                    std::move(changed)) {}

}  // namespace doors
