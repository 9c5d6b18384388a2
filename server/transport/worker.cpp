#include "server/transport/worker.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <pthread.h>

#include "server/transport/tcp_service.h"
#include "server/transport/udp_listener.h"
#include "server/transport/worker_state.h"
#include "zones/base/log.h"

namespace doors {

namespace {

constexpr std::chrono::milliseconds tick_interval{50};

}  // namespace

class Worker::Impl {
 public:
  Impl(unsigned worker_number, std::shared_ptr<const Snapshot> snapshot, const TcpLimits& limits,
       Post control, Post background, const Clock& time)
      : number(worker_number),
        to_control(std::move(control)),
        clock(time),
        state(time, std::move(background)),
        timer(io),
        tcp(io, limits, state, time) {
    state.snapshot = std::move(snapshot);
    beat_now();
  }

  void beat_now() noexcept {
    beat.store(clock.monotonic().time_since_epoch().count(), std::memory_order_relaxed);
  }

  void tick() {
    beat_now();
    tcp.tick();
    timer.expires_after(tick_interval);
    timer.async_wait([this](const boost::system::error_code& error) {
      if (!error) tick();
    });
  }

  /// Runs until stopped. Out of memory costs the client whose turn it was, which the next ticks end, not the
  /// worker.
  void run() {
    while (!io.stopped()) {
      try {
        io.run();
      } catch (const std::bad_alloc&) {
        log::error("out of memory", {{"worker", number}});
      }
    }
  }

  void add(Protocol protocol, const Endpoint& endpoint, UniqueFd socket) {
    bool watched = false;
    if (protocol == Protocol::tcp) {
      watched = tcp.listen(std::move(socket), endpoint);
    } else {
      auto listener = std::make_unique<UdpListener>(io, endpoint, batch, state);
      watched = listener->start(std::move(socket));
      if (watched) udp.push_back(std::move(listener));
    }
    if (!watched)
      log::error("socket cannot be watched", {{"address", endpoint.to_string()}, {"worker", number}});
  }

  void remove(Protocol protocol, const Endpoint& endpoint) {
    if (protocol == Protocol::tcp) return tcp.stop_listening(endpoint);
    const auto found = std::find_if(udp.begin(), udp.end(),
                                    [&](const auto& listener) { return listener->endpoint() == endpoint; });
    if (found == udp.end()) return;
    std::unique_ptr<UdpListener> gone = std::move(*found);
    udp.erase(found);
    gone->close();
    boost::asio::post(io, [gone = std::move(gone)] {});  // after the handlers that are queued already
  }

  const unsigned number;
  Post to_control;
  const Clock& clock;
  boost::asio::io_context io{1};
  std::atomic<Monotonic::rep> beat{0};
  WorkerState state;
  UdpBatch batch;
  boost::asio::steady_timer timer;
  TcpService tcp;
  std::vector<std::unique_ptr<UdpListener>> udp;
  std::thread thread;
};

Worker::Worker(unsigned number, std::shared_ptr<const Snapshot> snapshot, const TcpLimits& limits,
               Post to_control, Post to_background, const Clock& clock)
    : impl_(std::make_unique<Impl>(number, std::move(snapshot), limits, std::move(to_control),
                                   std::move(to_background), clock)) {}

Worker::~Worker() {
  impl_->io.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

void Worker::start() {
  // Signals are the control thread's: a new thread inherits the mask of its maker.
  sigset_t all{};
  sigset_t before{};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  impl_->thread = std::thread([impl = impl_.get()] {
    impl->tick();
    impl->run();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(impl_->thread.native_handle(), ("worker-" + std::to_string(impl_->number)).c_str());
}

void Worker::listen(Protocol protocol, const Endpoint& endpoint, UniqueFd socket) {
  boost::asio::post(impl_->io,
                    [impl = impl_.get(), protocol, endpoint, socket = std::move(socket)]() mutable {
                      impl->add(protocol, endpoint, std::move(socket));
                    });
}

void Worker::stop_listening(Protocol protocol, const Endpoint& endpoint) {
  boost::asio::post(impl_->io,
                    [impl = impl_.get(), protocol, endpoint] { impl->remove(protocol, endpoint); });
}

void Worker::set_limits(const TcpLimits& limits) {
  boost::asio::post(impl_->io, [impl = impl_.get(), limits] { impl->tcp.set_limits(limits); });
}

void Worker::publish(std::shared_ptr<const Snapshot> snapshot,
                     std::function<void(std::shared_ptr<const Snapshot> old)> done) {
  boost::asio::post(
      impl_->io, [impl = impl_.get(), snapshot = std::move(snapshot), done = std::move(done)]() mutable {
        std::shared_ptr<const Snapshot> old = std::exchange(impl->state.snapshot, std::move(snapshot));
        impl->to_control([old = std::move(old), done = std::move(done)]() mutable { done(std::move(old)); });
      });
}

CounterValues Worker::counters() const noexcept { return impl_->state.counters.read(); }

Monotonic Worker::last_beat() const noexcept {
  return Monotonic(Monotonic::duration(impl_->beat.load(std::memory_order_relaxed)));
}

}  // namespace doors
