#include "server/routes/frr.h"

#include <memory>
#include <string>
#include <utility>

#include "server/routes/frr_reply.h"

namespace doors {

std::vector<SpeakerCommand> frr_commands(const std::vector<Announcement>& wanted) {
  std::vector<SpeakerCommand> commands;
  for (const Announcement& announcement : wanted) {
    const char* family = announcement.prefix.find(':') == std::string::npos ? "ipv4" : "ipv6";
    commands.push_back({std::string("show bgp ") + family + " unicast " + announcement.prefix + " json",
                        announcement.prefix, true});
  }
  return commands;
}

Frr::Frr(boost::asio::io_context& io, std::filesystem::path socket, std::function<void()> changed)
    : SpeakerSocket(io,
                    {.socket = std::move(socket),
                     .protocol_of = "FRR's",
                     .greets = false,
                     .line_end = '\0',
                     .new_reply = [] { return std::make_unique<FrrReply>(); },
                     .commands = frr_commands},
                    std::move(changed)) {}

}  // namespace doors
