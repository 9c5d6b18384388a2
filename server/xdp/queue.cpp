#include "server/xdp/queue.h"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include "server/transfer/exchange.h"
#include "server/xdp/batch.h"
#include "zones/base/file.h"

namespace doors {

namespace {

/// Without a query its loop turns as often.
constexpr int idle_ms = 100;
/// How soon it looks again for frames that the kernel has not taken.
constexpr int unsent_ms = 1;
/// Queries closer together than this are waited for a moment (below), with the processor left to others, as a
/// network card holds its interrupts back: to be woken for each would cost more than to answer it.
constexpr std::chrono::microseconds dense_gap{20};
constexpr std::chrono::microseconds moment{30};
/// As UdpListener has it: so many full batches, one behind the other, are more than can be answered.
constexpr std::size_t overloaded_after = 16;

/// What others want done on a thread that sleeps in poll().
class Mailbox {
 public:
  using Letter = std::function<void()>;

  Mailbox() : bell_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  /// Readable when there is a letter.
  [[nodiscard]] int fd() const noexcept { return bell_.get(); }
  /// Any thread.
  void post(Letter letter) {
    {
      const std::scoped_lock lock(mutex_);
      letters_.push_back(std::move(letter));
    }
    waiting_.store(true, std::memory_order_release);
    ::eventfd_write(bell_.get(), 1);  // full: it rings already
  }
  [[nodiscard]] bool waiting() const noexcept { return waiting_.load(std::memory_order_acquire); }
  /// Takes all letters. Any thread.
  std::vector<Letter> take() {
    eventfd_t rings = 0;
    ::eventfd_read(bell_.get(), &rings);
    waiting_.store(false, std::memory_order_relaxed);
    const std::scoped_lock lock(mutex_);
    return std::exchange(letters_, {});
  }

 private:
  UniqueFd bell_;
  std::atomic<bool> waiting_{false};
  std::mutex mutex_;
  std::vector<Letter> letters_;
};

}  // namespace

class XdpQueue::Impl {
 public:
  Impl(std::unique_ptr<XdpSocket> opened, std::size_t link_mtu, std::shared_ptr<const Snapshot> first,
       Post control, const Clock& time)
      : socket(std::move(opened)),
        mtu(link_mtu),
        to_control(std::move(control)),
        clock(time),
        snapshot(std::move(first)) {}

  void run();
  void answer(std::size_t received) noexcept;
  void wait() noexcept;
  void wait_a_moment() noexcept;
  void wait_for_a_query() noexcept;
  void read_letters() {
    for (const auto& letter : mailbox.take()) letter();
  }

  Counters counters;
  const std::unique_ptr<XdpSocket> socket;
  const std::size_t mtu;
  const Post to_control;
  const Clock& clock;
  Mailbox mailbox;
  std::atomic<std::uint64_t> turns{0};
  std::atomic<bool> failed{false};
  std::thread thread;

  // The thread's own.
  std::shared_ptr<const Snapshot> snapshot;  // exchanged between batches
  Exchange exchange{clock, counters, to_control};
  XdpBatch batch;
  std::size_t full_batches = 0;  // in a row
  Monotonic last_wait{};
  std::size_t since_last_wait = 0;  // frames
  bool stopping = false;
};

void XdpQueue::Impl::run() {
  ::prctl(PR_SET_TIMERSLACK, 1000);  // ns; by default a moment lasts 50 µs longer
  for (;;) {
    turns.store(turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (mailbox.waiting()) [[unlikely]]
      read_letters();
    const std::size_t received = socket->receive(batch.frames());
    if (received == 0) {
      if (stopping) break;
      wait();
      continue;
    }
    // The responses of the batch before go with one call, now that no poll() will send them.
    if (socket->unsent()) socket->kick();
    answer(received);
  }
  socket->kick();
}

void XdpQueue::Impl::answer(std::size_t received) noexcept {
  since_last_wait += received;
  full_batches = received == XdpBatch::size ? full_batches + 1 : 0;
  Now now = Now::of(clock.wall());
  now.overloaded = full_batches > overloaded_after;
  batch.take(received, mtu, counters);
  respond_batch(batch.items(), *snapshot, now);
  for (BatchItem& item : batch.items()) {
    if (item.depends_on_asker) [[unlikely]]
      static_cast<void>(exchange.complete(item, snapshot));  // no stream over UDP
  }
  batch.put(counters);
  socket->send(batch.to_send());
  socket->give_back(batch.to_give_back());
  socket->refill();
}

void XdpQueue::Impl::wait() noexcept {
  full_batches = 0;
  const Monotonic now = clock.monotonic();
  const Monotonic before = std::exchange(last_wait, now);
  const std::size_t frames = std::exchange(since_last_wait, 0);
  if (frames != 0 && now - before < frames * dense_gap)
    wait_a_moment();
  else
    wait_for_a_query();
  socket->refill();
}

void XdpQueue::Impl::wait_a_moment() noexcept {
  socket->kick();
  socket->refill();
  const timespec length{0, std::chrono::nanoseconds(moment).count()};
  ::nanosleep(&length, nullptr);
}

void XdpQueue::Impl::wait_for_a_query() noexcept {
  // poll() itself sends what is in the ring, also in copy mode, but perhaps not all of it.
  const int patience = socket->unsent() ? unsent_ms : idle_ms;
  std::array<pollfd, 2> events{pollfd{mailbox.fd(), POLLIN, 0}, pollfd{socket->fd(), POLLIN, 0}};
  const bool usable = !failed.load(std::memory_order_relaxed);
  const int ready = ::poll(events.data(), usable ? 2 : 1, usable ? patience : idle_ms);
  if (ready > 0 && usable && (events[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
    failed.store(true, std::memory_order_relaxed);
  }
}

XdpQueue::XdpQueue(std::unique_ptr<XdpSocket> socket, std::size_t mtu,
                   std::shared_ptr<const Snapshot> snapshot, Post to_control, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(socket), mtu, std::move(snapshot), std::move(to_control),
                                   clock)) {}

XdpQueue::~XdpQueue() {
  if (!impl_->thread.joinable()) return;
  impl_->mailbox.post([impl = impl_.get()] { impl->stopping = true; });
  impl_->thread.join();
  impl_->read_letters();
}

void XdpQueue::start(const std::string& name) {
  // Signals are the control thread's: a new thread inherits the mask of its maker.
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(impl_->thread.native_handle(), name.substr(0, 15).c_str());
}

const XdpSocket& XdpQueue::socket() const noexcept { return *impl_->socket; }

void XdpQueue::publish(std::shared_ptr<const Snapshot> snapshot,
                       std::function<void(std::shared_ptr<const Snapshot> old)> done) {
  impl_->mailbox.post([impl = impl_.get(), snapshot = std::move(snapshot), done = std::move(done)] {
    std::shared_ptr<const Snapshot> old = std::exchange(impl->snapshot, snapshot);
    impl->to_control([old = std::move(old), done] { done(old); });
  });
}

void XdpQueue::abandon() { impl_->mailbox.take(); }

CounterValues XdpQueue::counters() const noexcept { return impl_->counters.read(); }

std::uint64_t XdpQueue::turns() const noexcept { return impl_->turns.load(std::memory_order_relaxed); }

bool XdpQueue::failed() const noexcept { return impl_->failed.load(std::memory_order_relaxed); }

}  // namespace doors
