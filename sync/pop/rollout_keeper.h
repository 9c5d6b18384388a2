#pragma once

#include <chrono>
#include <memory>

#include "sync/pop/archive.h"
#include "sync/pop/fleet.h"
#include "zones/base/clock.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// A hub's hand on the rollout that the store's plan has: opens the next wave when all is well in those
/// before, and stops it when something speaks against it (sync/fleet/rollout_watch.h). All that counts lies
/// in the store: another hub, or this one after a restart, goes on from there, and two at once do no harm.
/// The loop's thread only.
class RolloutKeeper {
 public:
  /// How soon what nodes say is acted on; and how soon a rollout is met that another hub began.
  static constexpr std::chrono::milliseconds tick_while_going{100};
  static constexpr std::chrono::milliseconds tick_at_rest{2000};

  /// All of it must outlive it.
  RolloutKeeper(boost::asio::io_context& io, const Clock& clock, Archive& archive, Fleet& fleet);
  RolloutKeeper(const RolloutKeeper&) = delete;
  RolloutKeeper& operator=(const RolloutKeeper&) = delete;
  ~RolloutKeeper();

  /// A rollout may have begun.
  void look_soon();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
