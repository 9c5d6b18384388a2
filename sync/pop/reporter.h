#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sync/fleet/selector.h"
#include "sync/pop/delivery.h"
#include "sync/pop/settled_revision.h"
#include "sync/store/store.h"
#include "zones/base/clock.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// Says in the store what this node serves (NodeRecord), under a lease that it keeps alive: at once when
/// something changes, but one put at a time, so that a push of many zones takes few. The loop's thread only.
class Reporter {
 public:
  /// All of it must outlive it.
  Reporter(boost::asio::io_context& io, const Clock& clock, Store& store, Delivery& delivery,
           const FleetNode& self, std::chrono::milliseconds delay, std::chrono::milliseconds lease);
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;
  ~Reporter();

  /// The store has given all up to `seen`, and delivery knows these zones of it.
  void given(std::uint64_t seen, const std::vector<BuildOutcome>& outcomes);
  /// Of so many zones a newer version is held back; said with what is said next.
  void set_held(std::size_t zones);
  /// Something speaks against a rollout here; said at once.
  void speak_against(std::uint32_t rollout, const std::string& reason);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace doors
