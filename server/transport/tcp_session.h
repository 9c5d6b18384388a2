#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "server/answer/respond.h"
#include "server/transfer/zone_stream.h"
#include "server/transport/client_table.h"
#include "server/transport/endpoint.h"
#include "server/transport/event_loop.h"
#include "server/transport/tcp_conversation.h"
#include "zones/base/clock.h"
#include "zones/base/file.h"

namespace doors {

class TcpService;

/// One connected TCP client: its socket and its conversation. Belongs to a place of the client table and
/// serves one client after the other. The worker's thread only.
///
///     open() -> [ readable: receive, answer, send ] <-> [ blocked: until writable ] -> close()
///
/// Most clients ask one question and leave. Their query comes right behind the connection, and their leaving
/// right behind the response: so each of these is first looked for once more, a round later, and only who
/// does something else then is watched by the event loop.
///
/// Errors of the socket, an unanswerable message and the peer's end of sending all end it; what was asked
/// before the peer's end is still answered (RFC 7766 §6.2.3).
class TcpSession final : public EventLoop::Watcher, private TcpPeer {
 public:
  TcpSession(TcpService& service, ClientTable::Id id);

  void open(UniqueFd socket, const Endpoint& source);
  /// Closes the socket now. Not to be used by the session itself, which reports to TcpService::ended().
  void close() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(socket_); }
  /// Waits for the peer to read, not for a message.
  [[nodiscard]] bool blocked() const noexcept { return conversation_.blocked(); }
  void on_ready() override;

 private:
  std::size_t answer(Octets message, MutableOctets out) noexcept override;
  [[nodiscard]] bool has_more() const noexcept override { return stream_ != nullptr; }
  std::optional<std::size_t> more(MutableOctets out) noexcept override;
  std::optional<std::size_t> send(Octets octets) noexcept override;

  void on_readable();
  void on_writable();
  /// After each step: ends the session or waits for what comes next.
  void go_on(bool close);
  /// Notes progress and what has to happen by when.
  void note(const TcpConversation::Outcome& outcome);
  void end_stream() noexcept;

  TcpService& service_;
  const ClientTable::Id id_;
  UniqueFd socket_;
  EventLoop::Until watched_until_ = EventLoop::Until::told_otherwise;
  bool watched_ = false;     // the event loop knows the socket
  bool asks_again_ = false;  // before it lets the event loop watch the socket
  Client client_{};
  TcpConversation conversation_;
  std::shared_ptr<ZoneStream> stream_;  // what the client is being sent
  Monotonic stream_deadline_;
  enum class Waiting : std::uint8_t { nothing, message, peer } waiting_ = Waiting::nothing;
  bool peer_finished_ = false;
};

}  // namespace doors
