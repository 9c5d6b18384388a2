#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

#include "zones/dns/name.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// Hears of NOTIFY through doord, which answers it and checks who says it: a connection of its own to doord's
/// control socket, made again whenever it is lost, on which doord is asked to tell when there is one.
/// Between two answers lies a pause, so that a flood for a zone has it refreshed once in that time. The
/// loop's thread only.
class NotifyIn {
 public:
  static constexpr std::chrono::milliseconds usual_pause{1000};
  /// `io` outlives it. `notified` gets each zone that has changed, as it is said; never from inside a call.
  NotifyIn(boost::asio::io_context& io, std::filesystem::path doord_socket,
           std::function<void(const Name& zone)> notified, std::chrono::milliseconds pause = usual_pause);
  NotifyIn(const NotifyIn&) = delete;
  NotifyIn& operator=(const NotifyIn&) = delete;
  ~NotifyIn();  // NOLINT(bugprone-exception-escape): as at its definition

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
