#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/health/keeper_config.h"
#include "server/routes/announcer.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// What one BGP speaker is known to have.
struct SpeakerReport {
  std::string name;  ///< the config's section: "bird", "exabgp", "frr", "command"
  AnnouncerReport is;
};

/// The BGP speakers that a doorkeeper drives or looks at: those the config names, mostly one. One thread,
/// `io`'s.
class Speakers {
 public:
  using Changed = std::function<void(const SpeakerReport&)>;
  /// `changed` is called when one's report has become another, in words at least; from the event loop.
  Speakers(boost::asio::io_context& io, const KeeperConfig& config, const Changed& changed);

  void want(const std::vector<Announcement>& announcements);
  [[nodiscard]] std::vector<SpeakerReport> reports() const;

 private:
  struct Speaker {
    std::string name;
    std::string words;  ///< as last told
    std::unique_ptr<Announcer> announcer;
  };
  std::vector<Speaker> speakers_;  ///< its elements are referred to: filled once
};

}  // namespace doors
