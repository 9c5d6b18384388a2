#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sync/pop/control.h"

namespace doors {

/// doord's end of the hand-over, on the test's own event loop: takes offers, swaps, tells what it did.
class FakeDoord {
 public:
  FakeDoord(boost::asio::io_context& io, std::filesystem::path path) : io_(io), path_(std::move(path)) {
    start();
  }
  void start() {
    auto listening = Control::listen(
        io_, path_,
        [this](const std::shared_ptr<ControlSession>& session, Packet packet) { handle(*session, packet); });
    if (listening) control_ = std::move(*listening);
  }
  /// As a SIGKILL would: connections and what was staged are gone; what is served stays, or not.
  void stop(bool forget) {
    control_.reset();
    staged.clear();
    if (forget) serving.clear();
  }

  std::map<std::string, std::string> serving;  ///< zone -> "EPOCH/SEQ"
  std::map<std::string, std::string> staged;
  std::set<std::string> refusing;  ///< zones whose images are refused
  std::vector<std::string> log;    ///< "offer ZONE EPOCH/SEQ", "remove ZONE", "swap"
  bool hanging = false;            ///< does not answer a swap

 private:
  void handle(ControlSession& session, const Packet& packet) {
    const ControlMessage& message = packet.message;
    const std::string zone(message.text("zone"));
    if (message.verb() == "zones") {
      for (const auto& [name, number] : serving) {
        const std::size_t slash = number.find('/');
        session.send(ControlMessage("zone")
                         .with("zone", name)
                         .with("epoch", number.substr(0, slash))
                         .with("seq", number.substr(slash + 1)));
      }
      session.send(ControlMessage("end"));
    } else if (message.verb() == "offer") {
      const std::string number = std::string(message.text("epoch")) + "/" + std::string(message.text("seq"));
      log.push_back("offer " + zone + " " + number);
      if (refusing.contains(zone) || packet.fds.size() != 1) {
        session.send(ControlMessage("refused").with("zone", zone).with("reason", "bad page"));
      } else {
        staged[zone] = number;
        session.send(ControlMessage("staged").with("zone", zone));
      }
    } else if (message.verb() == "remove" || message.verb() == "withhold") {
      log.push_back(message.verb() + " " + zone);
      staged[zone] = "";
      session.send(ControlMessage("staged").with("zone", zone));
    } else if (message.verb() == "swap") {
      log.push_back("swap");
      if (hanging) return;
      for (const auto& [name, number] : staged) {
        if (number.empty())
          serving.erase(name);
        else
          serving[name] = number;
      }
      staged.clear();
      session.send(
          ControlMessage("swapped").with("zones", serving.size()).with("generation", std::uint64_t{1}));
    } else if (message.verb() == "await_notify") {
      return;  // there never is one
    } else {
      session.send(ControlMessage("error").with("reason", "unknown verb"));
    }
    session.done();
  }

  boost::asio::io_context& io_;
  std::filesystem::path path_;
  std::unique_ptr<Control> control_;
};

}  // namespace doors
