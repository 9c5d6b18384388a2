#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "server/answer/respond.h"
#include "server/metrics/counters.h"
#include "server/transport/worker.h"
#include "server/xdp/socket.h"
#include "zones/base/clock.h"

namespace doors {

/// One queue of an interface: a thread that answers the frames of its AF_XDP socket, batch after batch, with
/// its own counters and a pointer to the snapshot that all share. It is to its socket what Worker is to its
/// own, and waits in poll(), which sends and receives with one call when there is little to do.
///
/// The member functions are for the control thread, except where it says otherwise.
class XdpQueue {
 public:
  /// `mtu` is the interface's; `to_control` runs its argument on the control thread. `clock` outlives it.
  XdpQueue(std::unique_ptr<XdpSocket> socket, std::size_t mtu, std::shared_ptr<const Snapshot> snapshot,
           Post to_control, const Clock& clock);
  XdpQueue(const XdpQueue&) = delete;
  XdpQueue& operator=(const XdpQueue&) = delete;
  /// Answers what is in the ring, and waits for the thread.
  ~XdpQueue();

  void start(const std::string& name);
  [[nodiscard]] const XdpSocket& socket() const noexcept;
  /// Answers from `snapshot` from its next batch on. Then calls `done` on the control thread with the one
  /// before.
  void publish(std::shared_ptr<const Snapshot> snapshot,
               std::function<void(std::shared_ptr<const Snapshot> old)> done);
  /// Forgets what was published and not taken up yet: it hangs, and nobody should wait for it.
  void abandon();

  /// Any thread.
  [[nodiscard]] CounterValues counters() const noexcept;
  /// Turns of its loop so far: at least one in 100 ms, or it hangs. Any thread.
  [[nodiscard]] std::uint64_t turns() const noexcept;
  /// Its socket gives nothing but errors: the interface is gone. Any thread.
  [[nodiscard]] bool failed() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace doors
