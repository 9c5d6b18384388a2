#include "server/transport/tcp_session.h"

#include <cerrno>
#include <utility>

#include <sys/socket.h>

#include "server/transport/tcp_service.h"

namespace doors {

namespace {

/// Reads before the event loop gets its turn.
constexpr int reads_in_a_row = 4;

}  // namespace

TcpSession::TcpSession(TcpService& service, ClientTable::Id id) : service_(service), id_(id) {}

void TcpSession::open(UniqueFd socket, const Endpoint& source) {
  socket_ = std::move(socket);
  watched_ = false;
  asks_again_ = true;
  peer_finished_ = false;
  waiting_ = Waiting::nothing;
  client_.transport = Transport::tcp;
  client_.ipv6 = source.v6;
  client_.address = source.address;
  client_.port = source.port;
  on_readable();  // the query is often there already
}

void TcpSession::close() noexcept {
  socket_.reset();
  conversation_.reset();
  end_stream();
}

std::size_t TcpSession::answer(Octets message, MutableOctets out) noexcept {
  Counters& counters = service_.state().counters;
  counters.add(client_.ipv6 ? Counter::tcp6_queries : Counter::tcp4_queries);
  BatchItem item{};
  item.query = message;
  item.client = client_;
  item.out = out;
  respond_batch({&item, 1}, *service_.state().snapshot, service_.state().now());
  if (item.depends_on_asker) [[unlikely]] {
    stream_ = service_.state().exchange.complete(item, service_.state().snapshot);
    stream_deadline_ = service_.now() + service_.limits().transfer_timeout;
  }
  if (item.size == 0) {
    counters.add(Counter::dropped_silent);
    return 0;
  }
  counters.add(item.rcode);
  counters.add(Counter::tcp_responses);
  if ((std::to_integer<unsigned>(out[2]) & 0x02u) != 0) counters.add(Counter::truncated);
  return item.size;
}

std::optional<std::size_t> TcpSession::more(MutableOctets out) noexcept {
  const auto size = stream_->next(out);
  if (size && *size == 0) {  // all of it is sent, however late
    end_stream();
    return size;
  }
  return service_.now() < stream_deadline_ ? size : std::nullopt;
}

void TcpSession::end_stream() noexcept {
  if (stream_) service_.state().exchange.end(std::move(stream_));
}

std::optional<std::size_t> TcpSession::send(Octets octets) noexcept {
  std::size_t sent = 0;
  while (sent < octets.size()) {
    const ssize_t count =
        ::send(socket_.get(), octets.data() + sent, octets.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (count < 0) return std::nullopt;
    sent += static_cast<std::size_t>(count);
  }
  service_.state().counters.add(Counter::tcp_octets_out, sent);
  return sent;
}

void TcpSession::on_readable() {
  const MutableOctets buffer = service_.receive_buffer();
  for (int i = 0; i < reads_in_a_row && !conversation_.blocked(); ++i) {
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (count <= 0) {
      peer_finished_ = true;
      break;
    }
    const auto received = static_cast<std::size_t>(count);
    service_.state().counters.add(Counter::tcp_octets_in, received);
    const auto outcome = conversation_.receive(buffer.first(received), service_.workspace(), *this);
    note(outcome);
    if (outcome.close) return go_on(true);
    if (received < buffer.size())
      break;  // the socket is empty, but perhaps for the peer's end: the wait will tell
  }
  go_on(false);
}

void TcpSession::on_writable() {
  const auto outcome = conversation_.writable(service_.workspace(), *this);
  note(outcome);
  go_on(outcome.close);
}

void TcpSession::note(const TcpConversation::Outcome& outcome) {
  const Monotonic now = service_.now();
  ClientTable& clients = service_.clients();
  if (outcome.answered != 0) {
    clients.progress(id_, now);
    asks_again_ = true;
  }
  const Waiting before = waiting_;
  waiting_ = conversation_.blocked()       ? Waiting::peer
             : conversation_.mid_message() ? Waiting::message
                                           : Waiting::nothing;
  // A deadline is absolute: octets that trickle do not move it, only a whole message begins a new one.
  if (waiting_ == before && outcome.answered == 0) return;
  switch (waiting_) {
    case Waiting::nothing:
      return clients.set_deadline(id_, std::nullopt);
    case Waiting::message:
      return clients.set_deadline(id_, now + service_.limits().message_timeout);
    case Waiting::peer:
      return clients.set_deadline(id_, now + service_.limits().write_timeout, conversation_.streaming());
  }
}

void TcpSession::go_on(bool close) {
  if (close || (peer_finished_ && !conversation_.blocked())) return service_.ended(id_);
  const auto until = conversation_.blocked() ? EventLoop::Until::writable : EventLoop::Until::readable;
  if (!watched_ && std::exchange(asks_again_, false) && until == EventLoop::Until::readable) {
    return service_.loop().tell_soon(*this);
  }
  if (watched_ && watched_until_ == until) return;
  if (!service_.loop().watch(socket_.get(), *this, until, watched_)) return service_.ended(id_);  // no memory
  watched_ = true;
  watched_until_ = until;
}

void TcpSession::on_ready() {
  if (!is_open()) return;
  if (conversation_.blocked())
    on_writable();
  else
    on_readable();
}

}  // namespace doors
