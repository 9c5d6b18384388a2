#include "server/transport/tcp_service.h"

#include <algorithm>
#include <atomic>
#include <cerrno>

#include <sys/socket.h>

namespace doors {

namespace {

constexpr std::size_t receive_octets = 16 * 1024;
/// Accepted before the event loop gets its turn.
constexpr int accepts_in_a_row = 32;

constexpr ClientTable::Duration pressed_idle{200};
/// How long all workers' clients are let go early after one worker found no descriptor.
constexpr std::chrono::seconds pressure_time{1};

/// When some worker last found no descriptor: they are the process's, so this is too.
std::atomic<Monotonic::rep> descriptors_ran_out{0};

ClientTable::Bounds bounds_of(const TcpLimits& limits) {
  const std::size_t clients = limits.clients;
  const std::size_t share =
      limits.clients_per_source != 0 ? limits.clients_per_source : std::max<std::size_t>(clients / 2, 1);
  return {
      .clients = clients, .share = share, .idle = limits.idle_timeout, .idle_under_pressure = pressed_idle};
}

}  // namespace

TcpService::TcpService(EventLoop& loop, const TcpLimits& limits, WorkerState& state, const Clock& clock)
    : loop_(loop),
      limits_(limits),
      state_(state),
      clock_(clock),
      clients_(bounds_of(limits)),
      receive_buffer_(receive_octets),
      sessions_(clients_.capacity()) {
  state_.exchange.set_most_transfers(limits.transfers);
}

TcpService::~TcpService() = default;

bool TcpService::listen(UniqueFd socket, const Endpoint& endpoint) {
  auto acceptor = std::make_unique<Acceptor>(*this, std::move(socket), endpoint);
  if (!loop_.watch(acceptor->socket.get(), *acceptor, EventLoop::Until::readable)) return false;
  acceptors_.push_back(std::move(acceptor));
  return true;
}

void TcpService::stop_listening(const Endpoint& endpoint) {
  const auto found = std::find_if(acceptors_.begin(), acceptors_.end(),
                                  [&](const auto& acceptor) { return acceptor->endpoint == endpoint; });
  if (found == acceptors_.end()) return;
  acceptors_.erase(found);
}

void TcpService::set_limits(const TcpLimits& limits) {
  limits_ = limits;
  state_.exchange.set_most_transfers(limits.transfers);
  clients_.rebound(bounds_of(limits));
  if (sessions_.size() < clients_.capacity()) sessions_.resize(clients_.capacity());
}

void TcpService::accept_some(Acceptor& acceptor) {
  // One that comes alone costs one call; where all that were asked for had come, there may be more.
  int accepted = 0;
  while (accepted < acceptor.at_once && accept_one(acceptor)) ++accepted;
  acceptor.at_once = std::clamp(accepted == acceptor.at_once ? 2 * accepted : accepted, 1, accepts_in_a_row);
}

bool TcpService::accept_one(Acceptor& acceptor) {
  for (int tries = 0; tries < accepts_in_a_row; ++tries) {
    sockaddr_storage source{};
    socklen_t length = sizeof source;
    const int fd = ::accept4(acceptor.socket.get(), reinterpret_cast<sockaddr*>(&source), &length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      admit(UniqueFd(fd), Endpoint::from(source));
      return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The newcomer waits in the kernel's queue; the longest without progress gives its descriptor for it.
      // If all have just come the descriptors are elsewhere: other workers let their idle clients go too, and
      // the next tick tries.
      descriptors_ran_out.store(now().time_since_epoch().count(), std::memory_order_relaxed);
      const auto oldest = clients_.oldest(now(), pressed_idle);
      if (!oldest) {
        acceptor.paused =
            loop_.watch(acceptor.socket.get(), acceptor, EventLoop::Until::told_otherwise, true);
        return false;
      }
      close(*oldest, Counter::tcp_evicted);
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    // EINTR, or a connection that died in the queue: the next one.
  }
  return false;
}

void TcpService::admit(UniqueFd socket, const Endpoint& source) {
  state_.counters.add(Counter::tcp_accepted);
  const auto admission = clients_.admit(source_key(source), now());
  if (admission.evicted) {
    state_.counters.add(admission.by_share ? Counter::tcp_evicted_share : Counter::tcp_evicted);
    session(*admission.evicted).close();
  }
  state_.counters.set_tcp_clients(clients_.size());
  session(admission.id).open(std::move(socket), source);
}

void TcpService::ended(ClientTable::Id id) {
  state_.counters.add(Counter::tcp_closed);
  session(id).close();
  clients_.release(id);
  state_.counters.set_tcp_clients(clients_.size());
}

void TcpService::close(ClientTable::Id id, Counter why) {
  state_.counters.add(why);
  session(id).close();
  clients_.release(id);
  state_.counters.set_tcp_clients(clients_.size());
}

void TcpService::tick() {
  const Monotonic ran_out{Monotonic::duration(descriptors_ran_out.load(std::memory_order_relaxed))};
  clients_.set_pressed(now() < ran_out + pressure_time);
  clients_.collect_expired(now(), expired_);
  for (const auto& [id, idle] : expired_) {
    const bool unread = session(id).blocked();
    close(id, idle     ? Counter::tcp_timeout_idle
              : unread ? Counter::tcp_timeout_write
                       : Counter::tcp_timeout_message);
  }
  for (const auto& acceptor : acceptors_) {
    if (!acceptor->paused) continue;
    acceptor->paused = !loop_.watch(acceptor->socket.get(), *acceptor, EventLoop::Until::readable, true);
  }
}

TcpSession& TcpService::session(ClientTable::Id id) {
  auto& place = sessions_[id];
  if (!place) place = std::make_unique<TcpSession>(*this, id);
  return *place;
}

}  // namespace doors
