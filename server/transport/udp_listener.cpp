#include "server/transport/udp_listener.h"

#include <cerrno>

#include <poll.h>
#include <sys/socket.h>

namespace doors {

namespace {

/// Full batches handled before the event loop gets its turn: TCP, a new snapshot and the beat must not
/// starve.
constexpr int batches_in_a_row = 8;
/// How long a full send buffer may hold up the worker, once a batch. Longer, and the responses are dropped.
constexpr int send_wait_ms = 2;
/// After so many full batches, each with the next one waiting behind it, the queries count as more than can
/// be answered.
constexpr std::size_t overloaded_after = 16;

}  // namespace

UdpListener::UdpListener(boost::asio::io_context& io, const Endpoint& endpoint, UdpBatch& batch,
                         WorkerState& state)
    : socket_(io), endpoint_(endpoint), batch_(batch), state_(state) {}

bool UdpListener::start(UniqueFd socket) {
  boost::system::error_code error;
  socket_.assign(socket.get(), error);
  if (error) return false;
  static_cast<void>(socket.release());
  wait();
  return true;
}

void UdpListener::close() noexcept {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void UdpListener::wait() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                       if (error || !socket_.is_open()) return;
                       // A batch that is not full emptied the queue: asking again now would only cost a call.
                       for (int i = 0; i < batches_in_a_row && handle_batch() == UdpBatch::size; ++i) {
                       }
                       wait();  // level-triggered: fires at once if something came meanwhile
                     });
}

std::size_t UdpListener::handle_batch() noexcept {
  const int fd = socket_.native_handle();
  const auto headers = batch_.receive_headers(endpoint_.is_wildcard());
  // An error is that of an earlier send (an ICMP message) or EAGAIN; it is used up by being reported.
  const int received =
      ::recvmmsg(fd, headers.data(), static_cast<unsigned>(headers.size()), MSG_DONTWAIT, nullptr);
  if (received <= 0) {
    full_batches_ = 0;
    return 0;
  }
  Counters& counters = state_.counters;
  batch_.take(static_cast<std::size_t>(received), counters);
  full_batches_ = received == static_cast<int>(UdpBatch::size) ? full_batches_ + 1 : 0;
  Now now = state_.now();
  now.overloaded = full_batches_ > overloaded_after;
  respond_batch(batch_.items(), *state_.snapshot, now);
  for (BatchItem& item : batch_.items()) {
    if (item.depends_on_asker) [[unlikely]]
      static_cast<void>(state_.exchange.complete(item, state_.snapshot));  // no stream over UDP
  }
  const auto responses = batch_.put(counters);
  const SendTally tally = send_batch(
      responses,
      [fd](mmsghdr* messages, unsigned count) noexcept {
        return ::sendmmsg(fd, messages, count, MSG_DONTWAIT);
      },
      [fd]() noexcept {
        pollfd room{fd, POLLOUT, 0};
        return ::poll(&room, 1, send_wait_ms) > 0;
      });
  counters.add(Counter::udp_responses, tally.sent);
  counters.add(Counter::udp_octets_out, tally.octets);
  if (tally.refused != 0) counters.add(Counter::dropped_send, tally.refused);
  return static_cast<std::size_t>(received);
}

}  // namespace doors
