#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "zones/base/clock.h"
#include "zones/base/error.h"
#include "zones/base/file.h"

namespace doors {

/// Waits for a worker's TCP sockets by epoll, level-triggered. It knows no more than a worker needs, so that
/// a connection costs what its system calls cost: nothing is allocated for an event, a socket is registered
/// when its owner first has to wait and never taken off (closing it does that). One thread runs it; only
/// post(), wake() and stop() are for others.
class EventLoop {
 public:
  /// Who is told that its socket is ready. It may be told once more after its socket was closed, even after a
  /// new one took its place: so it asks the socket without waiting. It lives until the posts after the
  /// closing are done.
  class Watcher {
   public:
    Watcher() = default;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    virtual ~Watcher() = default;
    virtual void on_ready() = 0;
  };
  enum class Until : std::uint8_t { told_otherwise, readable, writable };

  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Begins to watch a socket; `again` if it is watched already. False if the kernel would not.
  [[nodiscard]] bool watch(int fd, Watcher& watcher, Until what, bool again = false) noexcept;

  /// Tells the watcher at the end of the next round, which then waits for nothing, whether its socket is
  /// ready or not: for who expects that it soon will be, and would rather ask it once more than watch it.
  void tell_soon(Watcher& watcher);

  /// Has `work` done between two rounds of events. Any thread.
  void post(std::function<void()> work);
  /// Has run() call `turn` soon. Any thread.
  void wake() noexcept;
  /// Until stop(): events, posts, and `turn`, behind posts and whenever the time has come that it gave the
  /// last time. After a std::bad_alloc, of which `out_of_memory` hears, it goes on with the next one: a post
  /// that must not be lost allocates nothing.
  void run(const Clock& clock, const std::function<Monotonic(Monotonic now)>& turn,
           const std::function<void()>& out_of_memory);
  /// One round: waits up to `wait_ms` for something to do and does it. Gives whether there were posts or
  /// wake().
  bool round(int wait_ms);
  /// Any thread.
  void stop();

 private:
  void run_posts();

  UniqueFd epoll_;
  UniqueFd event_;  // an eventfd: says that there are posts
  std::vector<Watcher*> soon_;
  std::vector<Watcher*> told_;  // those of the round at hand
  std::atomic<bool> stopped_{false};
  std::mutex posts_mutex_;
  std::deque<std::function<void()>> posts_;
};

}  // namespace doors
