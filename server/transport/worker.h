#pragma once

#include <functional>
#include <memory>

#include "server/answer/respond.h"
#include "server/metrics/counters.h"
#include "server/transport/endpoint.h"
#include "server/transport/settings.h"
#include "server/transport/socket.h"
#include "zones/base/clock.h"
#include "zones/base/file.h"

namespace doors {

/// Runs a function on another thread, later.
using Post = std::function<void(std::function<void()>)>;

/// One thread that answers: its own event loop, its own socket of each address, its own TCP clients, its own
/// counters, and a pointer to the snapshot that all workers share. What changes is posted to it and done
/// between two batches:
///
///     control thread                          worker's thread
///     publish(new, done) ──── post ────────►  swaps a plain pointer
///     done(old)          ◄─── post ─────────  gives the old snapshot back, to be unmapped elsewhere
///
/// The member functions are for the control thread, except where it says otherwise.
class Worker {
 public:
  /// `limits` are this worker's share; `to_control` runs its argument on the control thread, `to_background`
  /// on one where it may take its time, and which may run it after the worker has gone. `clock` outlives
  /// both.
  Worker(unsigned number, std::shared_ptr<const Snapshot> snapshot, const TcpLimits& limits, Post to_control,
         Post to_background, const Clock& clock);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Stops, and waits for the thread.
  ~Worker();

  void start();
  /// Answers on a socket of open_sockets() from now on; before or after start().
  void listen(Protocol protocol, const Endpoint& endpoint, UniqueFd socket);
  /// Closes the socket of that address. Its TCP clients stay until they leave.
  void stop_listening(Protocol protocol, const Endpoint& endpoint);
  void set_limits(const TcpLimits& limits);
  /// Answers from `snapshot` from its next batch on. Then calls `done` on the control thread with the one
  /// before.
  void publish(std::shared_ptr<const Snapshot> snapshot,
               std::function<void(std::shared_ptr<const Snapshot> old)> done);

  /// Any thread.
  [[nodiscard]] CounterValues counters() const noexcept;
  /// When its event loop last turned: every 50 ms, or it hangs. Any thread.
  [[nodiscard]] Monotonic last_beat() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace doors
