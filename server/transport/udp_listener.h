#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/transport/endpoint.h"
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
///     post(f) ──── queue, flag ──────────────►  looks at the flag between two batches, runs f
///     kick() until has_posts() is false ─────►  recvmmsg gives EINTR
///
/// A signal that comes just before the thread blocks is lost: hence the "until". The member functions are for
/// the worker's event thread.
class UdpListener {
 public:
  using Work = std::function<void(WorkerState&)>;

  /// `readings` and what `state` borrows outlive it.
  UdpListener(const Endpoint& endpoint, UniqueFd socket, Readings& readings,
              std::unique_ptr<WorkerState> state);
  UdpListener(const UdpListener&) = delete;
  UdpListener& operator=(const UdpListener&) = delete;
  /// Stops, once the batch at hand and all that was posted are done, and waits for the thread.
  ~UdpListener();

  /// Begins to answer, on a thread of that name. False if there is none to be had.
  bool start(const std::string& name);
  /// Has `work` done by the thread between two batches.
  void post(Work work);
  /// Whether there is posted work that the thread has not taken up yet.
  [[nodiscard]] bool has_posts() const noexcept { return posted_.load(std::memory_order_acquire); }
  /// Wakes the thread if it waits for a datagram, so that it turns: beats, and does what was posted.
  void kick() noexcept;

  [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }
  [[nodiscard]] Readings& readings() const noexcept { return readings_; }

 private:
  void run();
  void run_posts();
  /// Waits for datagrams and handles one batch.
  void handle_batch() noexcept;

  const Endpoint endpoint_;
  UniqueFd socket_;
  Readings& readings_;
  std::unique_ptr<WorkerState> state_;
  UdpBatch batch_;
  std::size_t full_batches_ = 0;  // in a row
  bool stopped_ = false;          // the thread's

  std::mutex posts_mutex_;
  std::vector<Work> posts_;
  std::atomic<bool> posted_{false};  // posts_ is not empty
  std::thread thread_;
};

}  // namespace doors
