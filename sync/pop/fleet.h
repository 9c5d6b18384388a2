#pragma once

#include <atomic>
#include <memory>

#include "sync/pop/background.h"
#include "sync/pop/fleet_board.h"
#include "sync/store/backoff.h"
#include "sync/store/store.h"
#include "zones/base/clock.h"

namespace boost::asio {
class io_context;
}

namespace doors {

/// A hub's view of the fleet: follows what the nodes say of themselves in the store, on a thread of its own,
/// and keeps the board by it. The loop's thread only, but for what is said to be the other's.
class Fleet {
 public:
  /// All of it must outlive it.
  Fleet(boost::asio::io_context& io, const Clock& clock, Store& store);
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  ~Fleet();
  [[nodiscard]] FleetBoard& board() noexcept { return board_; }

 private:
  void follow_soon();
  void follow();  // its thread's, as is list()
  [[nodiscard]] Result<void> list();

  boost::asio::io_context& io_;
  const Clock& clock_;
  Store& store_;
  FleetBoard board_;
  std::atomic<bool> queued_{false};
  Backoff backoff_;                    // its thread's
  std::unique_ptr<StoreWatch> watch_;  // its thread's
  class Retry;
  std::unique_ptr<Retry> retry_;
  Background following_;
};

}  // namespace doors
