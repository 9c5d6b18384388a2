#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sync/trust/version.h"
#include "zones/base/clock.h"
#include "zones/dns/name.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// One image to hand over; or, without a path, a zone to take out, or to answer no more.
struct Offer {
  Name zone;
  VersionNumber number;
  std::filesystem::path image;
  bool withheld = false;  ///< without a path: the zone stays known
};

/// The connection to doord's control socket: made again whenever it is lost, with a pause that grows. Each
/// time it is made, doord is asked which zones it has, so that its owner can hand over what it lacks. The
/// loop's thread only; no handler is called from inside a call.
class DoordLink {
 public:
  struct Handlers {
    /// Connected, and these are the zones doord serves.
    std::function<void(std::map<Name, VersionNumber>)> connected;
    /// The connection, or a first attempt at it, failed; what was handed over and not answered is void.
    std::function<void(const std::string& reason)> lost;
  };
  /// Why an offer was refused, by its place; only those that were.
  using Refusals = std::map<std::size_t, std::string>;
  /// `io` must outlive it. Connects at once.
  DoordLink(boost::asio::io_context& io, std::filesystem::path socket, Handlers handlers);
  DoordLink(const DoordLink&) = delete;
  DoordLink& operator=(const DoordLink&) = delete;
  ~DoordLink();  // NOLINT(bugprone-exception-escape): as at its definition

  [[nodiscard]] bool connected() const noexcept;
  /// Hands over, then swaps once: when `done` is called, every worker of doord runs all offers that were not
  /// refused. Only while connected, one at a time; if the connection is lost first, `lost` is called and
  /// `done` is not.
  void hand_over(std::vector<Offer> offers, std::function<void(Refusals)> done);

  /// Pauses between attempts to connect: from the first to the last, doubling.
  static constexpr std::chrono::milliseconds first_pause{20};
  static constexpr std::chrono::milliseconds last_pause{1000};

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
