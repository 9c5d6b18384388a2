#include "server/transport/event_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <new>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace doors {

namespace {

constexpr int events_in_a_round = 64;

int milliseconds_until(Monotonic then, Monotonic now) noexcept {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(then - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

}  // namespace

EventLoop::EventLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (!epoll_ || !event_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, event_.get(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "no event loop");
  }
}

bool EventLoop::watch(int fd, Watcher& watcher, Until what, bool again) noexcept {
  epoll_event event{};
  if (what == Until::readable) event.events = EPOLLIN;
  if (what == Until::writable) event.events = EPOLLOUT;
  event.data.ptr = &watcher;
  return ::epoll_ctl(epoll_.get(), again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::tell_soon(Watcher& watcher) { soon_.push_back(&watcher); }

void EventLoop::post(std::function<void()> work) {
  {
    const std::lock_guard lock(posts_mutex_);
    posts_.push_back(std::move(work));
  }
  wake();
}

void EventLoop::stop() {
  stopped_.store(true, std::memory_order_release);
  wake();
}

void EventLoop::wake() noexcept {
  ::eventfd_write(event_.get(), 1);  // if it is full already, the loop is awake
}

void EventLoop::run(const Clock& clock, const std::function<Monotonic(Monotonic now)>& turn,
                    const std::function<void()>& out_of_memory) {
  Monotonic next_turn = clock.monotonic();
  while (!stopped_.load(std::memory_order_acquire)) {
    try {
      const Monotonic now = clock.monotonic();
      if (now >= next_turn) next_turn = turn(now);
      if (round(milliseconds_until(next_turn, now))) next_turn = Monotonic::min();
    } catch (const std::bad_alloc&) {
      out_of_memory();
      wake();  // for the posts behind the one that was at hand
    }
  }
}

bool EventLoop::round(int wait_ms) {
  std::array<epoll_event, events_in_a_round> events;
  told_.clear();
  told_.swap(soon_);
  const int ready = ::epoll_wait(epoll_.get(), events.data(), events_in_a_round, told_.empty() ? wait_ms : 0);
  bool posted = false;
  for (int i = 0; i < ready; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (events[at].data.ptr == nullptr)
      posted = true;
    else
      static_cast<Watcher*>(events[at].data.ptr)->on_ready();
  }
  for (Watcher* const watcher : told_) watcher->on_ready();
  if (posted) run_posts();
  return posted;
}

void EventLoop::run_posts() {
  eventfd_t posts = 0;
  ::eventfd_read(event_.get(), &posts);
  while (true) {
    std::function<void()> work;
    {
      const std::lock_guard lock(posts_mutex_);
      if (posts_.empty()) return;
      work = std::move(posts_.front());
      posts_.pop_front();
    }
    work();
  }
}

}  // namespace doors
