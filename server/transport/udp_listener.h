#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "server/transport/endpoint.h"
#include "server/transport/event_loop.h"
#include "server/transport/udp_batch.h"
#include "server/transport/worker_state.h"
#include "zones/base/file.h"

namespace doors {

/// One worker's socket of one UDP address, and the thread that answers on it. The thread blocks in recvmmsg
/// itself until a datagram comes, takes what else is queued by then, answers it and sends the answers: two
/// system calls for a query that comes alone, and for 32 that come together. What is queued makes the batch:
/// nothing is waited for to fill one up.
///
///     worker's event thread                      this thread
///     publish(next) ──── mailbox, flag ────────►  looks at the flag between two batches, exchanges
///     kick() until has_taken() ────────────────►  recvmmsg gives EINTR
///     take_back() ◄────── the one before ───────  gives the event loop a turn
///
/// A signal that comes just before the thread blocks is lost: hence the "until". The thread allocates
/// nothing, but for transfers and the like, and gives no snapshot free: what it had lies in the mailbox. The
/// member functions are for the worker's event thread, and none but the destructor waits.
class UdpListener {
 public:
  using SnapshotPtr = std::shared_ptr<const Snapshot>;

  /// `readings`, `loop` and what `state` borrows outlive it. `loop` gets a turn when a snapshot was taken.
  UdpListener(const Endpoint& endpoint, UniqueFd socket, Readings& readings,
              std::unique_ptr<WorkerState> state, EventLoop& loop);
  UdpListener(const UdpListener&) = delete;
  UdpListener& operator=(const UdpListener&) = delete;
  /// retire(), and waits for the thread.
  ~UdpListener();

  /// Begins to answer, on a thread of that name. False if there is none to be had.
  bool start(const std::string& name);

  /// Has the thread answer from `next` from its next batch on. Gives what lay in the mailbox: a snapshot
  /// given back, or one that it had not taken yet and now never will.
  SnapshotPtr publish(SnapshotPtr next) noexcept;
  /// Whether the thread has taken what was published last.
  [[nodiscard]] bool has_taken() const noexcept { return !published_.load(std::memory_order_acquire); }
  /// The snapshot that the thread has given back; null if none.
  SnapshotPtr take_back() noexcept;
  /// Wakes the thread if it waits for a datagram, so that it turns: beats, and takes what was published.
  void kick() noexcept;

  /// Has the thread end after the batch at hand; it closes the socket itself.
  void retire() noexcept;
  /// Whether it has: then the destructor does not wait.
  [[nodiscard]] bool has_ended() const noexcept { return ended_.load(std::memory_order_acquire); }

  [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }
  [[nodiscard]] Readings& readings() const noexcept { return readings_; }

 private:
  void run() noexcept;
  /// Exchanges the snapshot for the one in the mailbox.
  void take() noexcept;
  /// Waits for datagrams and handles one batch.
  void handle_batch() noexcept;

  const Endpoint endpoint_;
  UniqueFd socket_;
  Readings& readings_;
  std::unique_ptr<WorkerState> state_;
  EventLoop& loop_;
  UdpBatch batch_;
  std::size_t full_batches_ = 0;  // in a row

  std::mutex mailbox_mutex_;
  SnapshotPtr mailbox_;
  std::atomic<bool> published_{false};  // what lies in the mailbox is for the thread
  std::atomic<bool> retired_{false};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace doors
