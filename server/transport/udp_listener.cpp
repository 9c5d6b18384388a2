#include "server/transport/udp_listener.h"

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

namespace doors {

namespace {

/// How long a full send buffer may hold up the thread, once a batch. Longer, and the responses are dropped.
constexpr int send_wait_ms = 2;
/// After so many full batches, each with the next one waiting behind it, the queries count as more than can
/// be answered.
constexpr std::size_t overloaded_after = 16;

constexpr int wake_signal = SIGUSR1;

/// Makes the signal do nothing but interrupt a system call: without SA_RESTART, for the whole process, once.
void know_wake_signal() noexcept {
  static const bool known = [] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    return ::sigaction(wake_signal, &action, nullptr) == 0;
  }();
  static_cast<void>(known);
}

}  // namespace

UdpListener::UdpListener(const Endpoint& endpoint, UniqueFd socket, Readings& readings,
                         std::unique_ptr<WorkerState> state, EventLoop& loop)
    : endpoint_(endpoint),
      socket_(std::move(socket)),
      readings_(readings),
      state_(std::move(state)),
      loop_(loop),
      batch_(endpoint.is_wildcard()) {}

UdpListener::~UdpListener() {
  retire();
  if (thread_.joinable()) thread_.join();
}

void UdpListener::retire() noexcept {
  if (!thread_.joinable() || retired_.load(std::memory_order_relaxed)) return;
  ::shutdown(socket_.get(), SHUT_RD);  // says that it is not connected, and wakes who waits, for good
  retired_.store(true, std::memory_order_release);
}

bool UdpListener::start(const std::string& name) {
  know_wake_signal();
  const int flags = ::fcntl(socket_.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket_.get(), F_SETFL, flags & ~O_NONBLOCK) != 0) return false;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    return false;
  }
  ::pthread_setname_np(thread_.native_handle(), name.c_str());
  return true;
}

UdpListener::SnapshotPtr UdpListener::publish(SnapshotPtr next) noexcept {
  const std::lock_guard lock(mailbox_mutex_);
  mailbox_.swap(next);
  published_.store(true, std::memory_order_release);
  return next;
}

UdpListener::SnapshotPtr UdpListener::take_back() noexcept {
  const std::lock_guard lock(mailbox_mutex_);
  return has_taken() ? std::move(mailbox_) : nullptr;
}

void UdpListener::kick() noexcept {
  if (thread_.joinable()) ::pthread_kill(thread_.native_handle(), wake_signal);
}

void UdpListener::run() noexcept {
  sigset_t wake{};
  sigemptyset(&wake);
  sigaddset(&wake, wake_signal);
  ::pthread_sigmask(SIG_UNBLOCK, &wake,
                    nullptr);  // all others are blocked, as in the thread that made this one
  while (!retired_.load(std::memory_order_acquire)) {
    readings_.beat(state_->clock.monotonic());
    if (!has_taken()) [[unlikely]]
      take();
    else
      handle_batch();
  }
  socket_.reset();  // so that the kernel gives its share to the others
  readings_.beat(Monotonic::max());
  ended_.store(true, std::memory_order_release);
}

void UdpListener::take() noexcept {
  {
    const std::lock_guard lock(mailbox_mutex_);
    state_->snapshot.swap(mailbox_);
    published_.store(false, std::memory_order_release);
  }
  loop_.wake();
}

void UdpListener::handle_batch() noexcept {
  const int fd = socket_.get();
  const auto headers = batch_.receive_headers();
  // Waits for the first one only. An error is that of an earlier send (an ICMP message), which is used up by
  // being reported, or EINTR.
  const int received =
      ::recvmmsg(fd, headers.data(), static_cast<unsigned>(headers.size()), MSG_WAITFORONE, nullptr);
  if (received <= 0) {
    full_batches_ = 0;
    return;
  }
  Counters& counters = state_->counters;
  batch_.take(static_cast<std::size_t>(received), counters);
  full_batches_ = received == static_cast<int>(UdpBatch::size) ? full_batches_ + 1 : 0;
  Now now = state_->now();
  now.overloaded = full_batches_ > overloaded_after;
  respond_batch(batch_.items(), *state_->snapshot, now);
  for (BatchItem& item : batch_.items()) {
    if (item.depends_on_asker) [[unlikely]]
      static_cast<void>(state_->exchange.complete(item, state_->snapshot));  // no stream over UDP
  }
  const auto responses = batch_.put(counters);
  const SendTally tally = send_batch(
      responses,
      [fd](mmsghdr* messages, unsigned count) noexcept {
        return ::sendmmsg(fd, messages, count, MSG_DONTWAIT);
      },
      [fd]() noexcept {
        pollfd room{fd, POLLOUT, 0};
        const int ready = ::poll(&room, 1, send_wait_ms);
        return ready > 0 || (ready < 0 && errno == EINTR);
      });
  counters.add(Counter::udp_responses, tally.sent);
  counters.add(Counter::udp_octets_out, tally.octets);
  if (tally.refused != 0) counters.add(Counter::dropped_send, tally.refused);
}

}  // namespace doors
