#include "server/health/speakers.h"

#include <utility>

#include "server/routes/bird.h"
#include "server/routes/command.h"
#include "server/routes/exabgp.h"
#include "server/routes/frr.h"

namespace doors {

Speakers::Speakers(boost::asio::io_context& io, const KeeperConfig& config, const Changed& changed) {
  speakers_.reserve(4);
  // What tells of a change of the speaker that is added next.
  const auto add = [&](const char* name) {
    Speaker& speaker = speakers_.emplace_back(Speaker{name, "", nullptr});
    return [&speaker, changed] {
      if (speaker.announcer == nullptr) return;
      SpeakerReport report{speaker.name, speaker.announcer->report()};
      if (report.is.words == speaker.words) return;
      speaker.words = report.is.words;
      changed(report);
    };
  };
  if (!config.bird.socket.empty()) {
    auto tell = add("bird");
    speakers_.back().announcer = std::make_unique<Bird>(
        io, Bird::Settings{config.bird.socket, config.bird.protocols}, std::move(tell));
  }
  if (!config.exabgp.socket.empty()) {
    auto tell = add("exabgp");
    speakers_.back().announcer = std::make_unique<Exabgp>(io, config.exabgp.socket, std::move(tell));
  }
  if (!config.frr.socket.empty()) {
    auto tell = add("frr");
    speakers_.back().announcer = std::make_unique<Frr>(io, config.frr.socket, std::move(tell));
  }
  if (!config.command.program.empty()) {
    auto tell = add("command");
    speakers_.back().announcer = std::make_unique<Command>(io, config.command, std::move(tell));
  }
}

void Speakers::want(const std::vector<Announcement>& announcements) {
  for (Speaker& speaker : speakers_) speaker.announcer->want(announcements);
}

std::vector<SpeakerReport> Speakers::reports() const {
  std::vector<SpeakerReport> reports;
  for (const Speaker& speaker : speakers_) reports.push_back({speaker.name, speaker.announcer->report()});
  return reports;
}

}  // namespace doors
