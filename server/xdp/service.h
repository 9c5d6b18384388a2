#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "server/answer/snapshot.h"
#include "server/metrics/counters.h"
#include "server/transport/endpoint.h"
#include "server/transport/worker.h"
#include "server/xdp/settings.h"
#include "zones/base/clock.h"

namespace doors {

/// All of AF_XDP that doord has: the interfaces of [xdp], watched and taken up while they are there. Whatever
/// happens to them, the sockets beside it go on to answer. The control thread only.
class XdpService {
 public:
  XdpService() = default;
  XdpService(const XdpService&) = delete;
  XdpService& operator=(const XdpService&) = delete;
  virtual ~XdpService() = default;

  /// At the start and at each reload: which interfaces, and what is listened on. Wildcard addresses stay with
  /// the kernel. What is as before goes on undisturbed.
  virtual void configure(const XdpSettings& settings, const std::vector<Endpoint>& listening) = 0;
  /// Answers from `snapshot` from now on; then calls `done`, once every queue does.
  virtual void publish(std::shared_ptr<const Snapshot> snapshot, std::function<void()> done) = 0;
  /// What all queues counted since the start.
  [[nodiscard]] virtual CounterValues counters() const = 0;
  /// Fields for `status`: how each interface fares.
  [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> describe() const = 0;
};

/// `drop` lets go of what may be large, where nobody waits for it. Null if doord was built without AF_XDP.
[[nodiscard]] std::unique_ptr<XdpService> make_xdp_service(
    boost::asio::io_context& control, const Clock& clock,
    std::function<void(std::shared_ptr<const Snapshot>)> drop);

}  // namespace doors
