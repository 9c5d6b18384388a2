#include "server/xdp/service.h"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/xdp/interface.h"
#include "zones/base/log.h"

namespace doors {

namespace {

/// The addresses that the program can look for; says which it cannot.
std::vector<Endpoint> addresses_of(const std::vector<Endpoint>& listening) {
  std::vector<Endpoint> addresses;
  for (const Endpoint& endpoint : listening) {
    if (!endpoint.is_wildcard() && endpoint.scope == 0) {
      addresses.push_back(endpoint);
      continue;
    }
    log::warn("xdp takes no wildcard and no link-local address, the kernel has their queries",
              {{"address", endpoint.to_string()}});
  }
  return addresses;
}

class Service final : public XdpService {
 public:
  Service(boost::asio::io_context& control, const Clock& clock,
          std::function<void(std::shared_ptr<const Snapshot>)> drop)
      : control_(control), clock_(clock), drop_(std::move(drop)), timer_(control) {}

  void configure(const XdpSettings& settings, const std::vector<Endpoint>& listening) override {
    const bool same = settings == settings_;
    settings_ = settings;
    if (!same) close_all();
    if (!settings.enabled) return;
    const std::vector<Endpoint> addresses = addresses_of(listening);
    if (!same) {
      const Post to_control = [this](std::function<void()> work) {
        boost::asio::post(control_, std::move(work));
      };
      for (const std::string& name : settings.interfaces) {
        interfaces_.push_back(std::make_unique<XdpInterface>(name, settings, to_control, clock_));
        if (snapshot_ != nullptr) interfaces_.back()->publish(snapshot_, nullptr);
      }
    }
    for (const auto& interface : interfaces_) interface->set_addresses(addresses);
    tick();
  }

  void publish(std::shared_ptr<const Snapshot> snapshot, std::function<void()> done) override {
    // Each queue's message holds a share of it: when the last is gone, all have taken the snapshot, or are
    // gone.
    const std::shared_ptr<void> all_have_it(
        nullptr, [this, done = std::move(done)](void*) { boost::asio::post(control_, done); });
    const bool first = snapshot_ == nullptr;
    drop_(std::exchange(snapshot_, std::move(snapshot)));
    for (const auto& interface : interfaces_) {
      interface->publish(snapshot_,
                         [this, all_have_it](std::shared_ptr<const Snapshot> old) { drop_(std::move(old)); });
    }
    if (first) tick();
  }

  [[nodiscard]] CounterValues counters() const override {
    CounterValues sum = retired_;
    for (const auto& interface : interfaces_) sum += interface->counters();
    return sum;
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> describe() const override {
    std::vector<std::pair<std::string, std::string>> fields;
    for (const auto& interface : interfaces_) interface->describe(fields);
    return fields;
  }

 private:
  void close_all() {
    for (const auto& interface : interfaces_) {
      interface->close("the config says so");
      retired_ += interface->counters();
    }
    interfaces_.clear();
    timer_.cancel();
  }

  void tick() {
    for (const auto& interface : interfaces_) interface->tick();
    timer_.expires_after(XdpInterface::tick_interval);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) tick();
    });
  }

  boost::asio::io_context& control_;
  const Clock& clock_;
  const std::function<void(std::shared_ptr<const Snapshot>)> drop_;
  boost::asio::steady_timer timer_;
  XdpSettings settings_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<std::unique_ptr<XdpInterface>> interfaces_;
  CounterValues retired_;  // of interfaces that are not in the config any more
};

}  // namespace

bool xdp_is_built() noexcept { return true; }

std::unique_ptr<XdpService> make_xdp_service(boost::asio::io_context& control, const Clock& clock,
                                             std::function<void(std::shared_ptr<const Snapshot>)> drop) {
  return std::make_unique<Service>(control, clock, std::move(drop));
}

}  // namespace doors
