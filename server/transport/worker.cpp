#include "server/transport/worker.h"

#include <algorithm>
#include <csignal>
#include <list>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>

#include "server/transport/event_loop.h"
#include "server/transport/tcp_service.h"
#include "server/transport/udp_listener.h"
#include "server/transport/worker_state.h"
#include "zones/base/log.h"

namespace doors {

namespace {

constexpr std::chrono::milliseconds tick_interval{50};
/// How long a listener may not have noticed that it was woken: it is woken again.
constexpr std::chrono::milliseconds wake_again_after{1};

}  // namespace

/// What the event thread works with.
class Worker::Impl {
 public:
  /// A snapshot on its way to the threads.
  struct Publication {
    std::shared_ptr<const Snapshot> next;
    Done done;
    std::shared_ptr<const Snapshot> old{};  ///< kept so that no thread that answers gives the last one free
  };
  /// Who posts one brings its place in the list along: so to take it up allocates nothing.
  using Publications = std::list<std::shared_ptr<Publication>>;

  Impl(unsigned worker_number, std::shared_ptr<const Snapshot> snapshot, const TcpLimits& limits,
       Post control, Post background, const Clock& time)
      : number(worker_number),
        to_control(std::move(control)),
        to_background(std::move(background)),
        clock(time),
        state(readings, std::move(snapshot), time, to_background),
        tcp(loop, limits, state, time) {
    readings.beat(clock.monotonic());
  }

  void run() {
    loop.run(
        clock, [this](Monotonic now) { return turn(now); },
        // It costs the client whose turn it was, which the next ticks end, not the worker.
        [this] {
          log::error("out of memory", {{"worker", number}});
        });
  }

  /// Does what it is time for; gives when there will be more.
  Monotonic turn(Monotonic now) {
    if (now >= next_tick) tick(now);
    settle();
    if (waking && now >= next_wake) wake(now);
    return waking ? std::min(next_tick, next_wake) : next_tick;
  }

  void tick(Monotonic now) {
    next_tick = now + tick_interval;
    readings.beat(now);
    tcp.tick();
    for (const auto& listener : udp) {  // those without queries beat when they are woken
      if (now - listener->readings().beaten() >= tick_interval / 2) listener->kick();
    }
    retired.remove_if([](const auto& listener) { return listener->has_ended(); });
  }

  void add_tcp(const Endpoint& endpoint, UniqueFd socket) {
    if (!tcp.listen(std::move(socket), endpoint)) cannot_answer(endpoint);
  }

  void add_udp(const Endpoint& endpoint, UniqueFd socket, Readings& theirs) {
    auto own = std::make_unique<WorkerState>(theirs, state.snapshot, clock, to_background);
    udp.push_back(std::make_unique<UdpListener>(endpoint, std::move(socket), theirs, std::move(own), loop));
    theirs.beat(clock.monotonic());
    if (udp.back()->start("udp-" + std::to_string(number))) return;
    theirs.beat(Monotonic::max());
    udp.pop_back();
    cannot_answer(endpoint);
  }

  void cannot_answer(const Endpoint& endpoint) const {
    log::error("socket cannot be watched", {{"address", endpoint.to_string()}, {"worker", number}});
  }

  void remove(Protocol protocol, const Endpoint& endpoint) {
    if (protocol == Protocol::tcp) return tcp.stop_listening(endpoint);
    for (auto listener = udp.begin(); listener != udp.end();) {
      const auto at = listener++;
      if ((*at)->endpoint() != endpoint) continue;
      (*at)->retire();
      retired.splice(retired.end(), udp, at);  // one that hangs holds up nobody
    }
  }

  /// Every thread exchanges its pointer; settle() tells when the last one has.
  void publish(Publications& one) noexcept {
    settle();  // those before it are not kept waiting because there is always another one
    publishing.splice(publishing.end(), one);
    Publication& publication = *publishing.back();
    publication.old = std::exchange(state.snapshot, publication.next);
    for (const auto& listener : udp) listener->publish(publication.next);
    wake(clock.monotonic());
  }

  /// Tells the control thread of what all threads have taken, and hands it the snapshots of before.
  void settle() noexcept {
    if (publishing.empty()) return;
    for (const auto& listener : udp) {
      if (!listener->has_taken()) return;
    }
    for (const auto& listener : udp) listener->take_back();  // not the last of them: `old` is there
    while (!publishing.empty()) {
      try {
        to_control([one = publishing.front()] { one->done(std::move(one->old)); });
      } catch (const std::bad_alloc&) {
        return;  // the next tick tries again
      }
      publishing.pop_front();
    }
  }

  /// Wakes the listeners that have something to take, again and again until all have.
  void wake(Monotonic now) noexcept {
    waking = false;
    for (const auto& listener : udp) {
      if (listener->has_taken()) continue;
      listener->kick();
      waking = true;
    }
    next_wake = now + wake_again_after;
  }

  const unsigned number;
  Post to_control;
  Post to_background;
  const Clock& clock;
  Readings readings;
  WorkerState state;
  EventLoop loop;
  TcpService tcp;
  Monotonic next_tick = Monotonic::min();
  Monotonic next_wake = Monotonic::min();
  bool waking = false;
  Publications publishing;                          // not told to the control thread yet; the oldest first
  std::list<std::unique_ptr<UdpListener>> udp;      // lists, as moving from one to the other always works
  std::list<std::unique_ptr<UdpListener>> retired;  // whose threads have not been seen to end yet
  std::thread thread;
};

Worker::Worker(unsigned number, std::shared_ptr<const Snapshot> snapshot, const TcpLimits& limits,
               Post to_control, Post to_background, const Clock& clock)
    : impl_(std::make_unique<Impl>(number, std::move(snapshot), limits, std::move(to_control),
                                   std::move(to_background), clock)) {}

Worker::~Worker() {
  impl_->loop.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

void Worker::start() {
  // Signals are the control thread's: a new thread inherits the mask of its maker.
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(impl_->thread.native_handle(), ("worker-" + std::to_string(impl_->number)).c_str());
}

void Worker::listen(Protocol protocol, const Endpoint& endpoint, UniqueFd socket) {
  const auto shared = std::make_shared<UniqueFd>(std::move(socket));  // as what is posted has to be copyable
  Impl* const impl = impl_.get();
  if (protocol == Protocol::tcp) {
    impl->loop.post([impl, endpoint, shared] { impl->add_tcp(endpoint, std::move(*shared)); });
    return;
  }
  Readings& readings = *udp_readings_.emplace_back(std::make_unique<Readings>());
  readings.beat(Monotonic::max());  // none to be missed yet
  impl->loop.post(
      [impl, endpoint, shared, &readings] { impl->add_udp(endpoint, std::move(*shared), readings); });
}

void Worker::stop_listening(Protocol protocol, const Endpoint& endpoint) {
  impl_->loop.post([impl = impl_.get(), protocol, endpoint] { impl->remove(protocol, endpoint); });
}

void Worker::set_limits(const TcpLimits& limits) {
  impl_->loop.post([impl = impl_.get(), limits] { impl->tcp.set_limits(limits); });
}

void Worker::publish(std::shared_ptr<const Snapshot> snapshot, Done done) {
  const auto one = std::make_shared<Impl::Publications>();
  one->push_back(
      std::make_shared<Impl::Publication>(Impl::Publication{std::move(snapshot), std::move(done)}));
  impl_->loop.post([impl = impl_.get(), one] { impl->publish(*one); });
}

CounterValues Worker::counters() const noexcept {
  CounterValues values = impl_->readings.counters.read();
  for (const auto& readings : udp_readings_) values += readings->counters.read();
  return values;
}

Monotonic Worker::last_beat() const noexcept {
  Monotonic last = impl_->readings.beaten();
  for (const auto& readings : udp_readings_) last = std::min(last, readings->beaten());
  return last;
}

}  // namespace doors
