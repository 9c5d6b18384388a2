#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/handover/control_host.h"
#include "server/handover/control_requests.h"

namespace doors {

/// A server without workers: publishes at once, or when it is told to; what is done in the background is done
/// at once.
class FakeHost final : public ControlHost {
 public:
  ZoneShelf& shelf() override { return shelf_; }
  void publish(std::function<void(std::uint64_t)> done) override {
    auto finish = [this, set = std::make_shared<const ZoneSet>(shelf_.sources()), done = std::move(done)] {
      served_ = set;
      done(++generation);
    };
    if (hold)
      held.push_back(std::move(finish));
    else
      finish();
  }
  void in_background(std::function<void()> work, std::function<void()> after) override {
    work();
    after();
  }
  [[nodiscard]] std::shared_ptr<const ZoneSet> served() const override { return served_; }
  [[nodiscard]] ServerStatus status() const override { return server_status; }
  [[nodiscard]] ListeningAddresses listening() const override {
    return {{"127.0.0.1:53", "[::1]:53"}, {"127.0.0.1:53"}};
  }
  void set_draining(bool draining) override { server_status.draining = draining; }
  void await_notified(std::function<bool(const std::vector<Name>&)> ready) override {
    notify_waiter = std::move(ready);
  }
  void reload(std::function<void(Result<void>)> done) override { done(reload_result); }

  std::uint64_t generation = 0;
  bool hold = false;
  std::vector<std::function<void()>> held;
  ServerStatus server_status;
  Result<void> reload_result;
  std::function<bool(const std::vector<Name>&)> notify_waiter;

 private:
  ZoneShelf shelf_;
  std::shared_ptr<const ZoneSet> served_ = std::make_shared<const ZoneSet>();
};

/// A client of ControlRequests: gives what it was told, streams drawn to their end.
class FakeClient {
 public:
  explicit FakeClient(ControlHost& host)
      : requests_(std::make_unique<ControlRequests>(
            host, ControlRequests::Replies{
                      .send = [this](const ControlMessage& reply) { replies_.push_back(reply); },
                      .stream =
                          [this](const ControlRequests::Stream& stream) {
                            while (auto reply = stream()) replies_.push_back(*reply);
                          },
                      .done = [this] { ++done; },
                      .is_there = [this] { return there; }})) {}

  std::vector<ControlMessage> ask(ControlMessage request, std::vector<UniqueFd> fds = {}) {
    replies_.clear();
    requests_->handle(Packet{std::move(request), std::move(fds)});
    return std::exchange(replies_, {});
  }
  void leave() { requests_.reset(); }
  [[nodiscard]] const std::vector<ControlMessage>& replies() const { return replies_; }

  int done = 0;       ///< requests dealt with
  bool there = true;  ///< its end of the socket is open

 private:
  std::vector<ControlMessage> replies_;
  std::unique_ptr<ControlRequests> requests_;
};

}  // namespace doors
