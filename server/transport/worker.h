#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "server/answer/respond.h"
#include "server/metrics/counters.h"
#include "server/transport/endpoint.h"
#include "server/transport/settings.h"
#include "server/transport/socket.h"
#include "zones/base/clock.h"
#include "zones/base/file.h"

namespace doors {

struct Readings;

/// Runs a function on another thread, later.
using Post = std::function<void(std::function<void()>)>;

/// One CPU's share of the answering: its own socket of each address, its own TCP clients, its own counters,
/// and pointers to the snapshot that all workers share. A thread for each UDP socket, which blocks in it, and
/// one for the rest, with an event loop. What changes is posted to them and done between two batches:
///
///     control thread                          event thread             UDP threads
///     publish(new, done) ──── post ────────►  swaps a plain pointer,
///                                             posts, wakes ─────────►  swap theirs
///     done(old)          ◄─── post ───────────────────────────────────  the last one: the old snapshot is
///     given
///                                                                      back, to be unmapped elsewhere
///
/// The member functions are for the control thread.
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
  using Done = std::function<void(std::shared_ptr<const Snapshot> old)>;
  /// Each thread answers from `snapshot` from its next batch on. Once all do, calls `done` on the control
  /// thread with the one before.
  void publish(std::shared_ptr<const Snapshot> snapshot, Done done);

  [[nodiscard]] CounterValues counters() const noexcept;
  /// When the thread turned last that has not turned for longest: every 50 ms or so, or it hangs.
  [[nodiscard]] Monotonic last_beat() const noexcept;

 private:
  class Impl;
  /// Of each UDP socket there has been: they outlive their threads, as what was counted stays counted.
  std::vector<std::unique_ptr<Readings>> udp_readings_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace doors
