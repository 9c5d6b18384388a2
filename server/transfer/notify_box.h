#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <set>
#include <vector>

#include "zones/dns/name.h"

namespace doors {

/// Zones that NOTIFY said have changed, on their way from who answers to who asks the primaries. A zone lies
/// in it once, however often it is told of: a flood costs a look-up each. What nobody takes stays, within
/// bounds.
///
///     workers: put() ── wake, for the first one ──► control thread: hand_over() ──► who waits
class NotifyBox {
 public:
  static constexpr std::size_t most_zones = 10'000;
  /// Takes the zones; false: it is not there any more, and has taken none.
  using Waiter = std::function<bool(const std::vector<Name>& zones)>;
  /// `wake` has hand_over() called on the control thread, later. Any thread.
  explicit NotifyBox(std::function<void()> wake) : wake_(std::move(wake)) {}
  NotifyBox(const NotifyBox&) = delete;
  NotifyBox& operator=(const NotifyBox&) = delete;

  /// Any thread. False: there is no room.
  [[nodiscard]] bool put(NameView zone);

  // The control thread.

  /// Whoever waits is told once, as soon as there is a zone; perhaps inside the call. One at a time: who
  /// waited before is told that there is none.
  void wait(Waiter waiter);
  void hand_over();

 private:
  std::function<void()> wake_;
  std::mutex mutex_;  // of zones_
  std::set<Name> zones_;
  Waiter waiter_;
};

}  // namespace doors
