#include "server/routes/exabgp.h"

#include <chrono>
#include <utility>

namespace doors {

ControlMessage follower_request(const std::vector<Announcement>& wanted) {
  ControlMessage request("want");
  for (const Announcement& announcement : wanted) {
    const char* key = announcement.wanted == Wanted::announced   ? "announced"
                      : announcement.wanted == Wanted::withdrawn ? "withdrawn"
                                                                 : "as_is";
    request.with(key, announcement.prefix);
  }
  return request;
}

AnnouncerReport read_follower(const ControlMessage& reply) {
  AnnouncerReport report;
  if (reply.verb() != "routes") {
    report.words = "not connected: its process refuses: " + std::string(reply.text("reason"));
    return report;
  }
  report.connected = true;
  const auto problem = reply.get("problem");
  report.words = problem ? "connected, but " + std::string(*problem) : "connected";
  for (const auto& [key, value] : reply.fields()) {
    if (key == "present" || key == "absent") report.routes.push_back({value, key == "present"});
  }
  return report;
}

Exabgp::Exabgp(boost::asio::io_context& io, std::filesystem::path socket, std::function<void()> changed)
    : changed_(std::move(changed)),
      report_{.connected = false, .words = "not tried yet", .routes = {}},
      poller_(
          io,
          LocalPoller::Settings{std::move(socket),
                                std::chrono::seconds(1),
                                [this] { return follower_request(wanted_); },
                                {"routes"}},
          [this](const std::vector<ControlMessage>& answer) { take(read_follower(answer.back())); },
          [this](const std::string& words) {
            take({false, "not connected: " + words, {}});
          }) {}

void Exabgp::take(AnnouncerReport report) {
  const bool news = report.connected != report_.connected || report.words != report_.words ||
                    report.routes != report_.routes;
  report_ = std::move(report);
  if (news && changed_) changed_();
}

}  // namespace doors
