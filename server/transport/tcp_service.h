#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "server/transport/client_table.h"
#include "server/transport/endpoint.h"
#include "server/transport/event_loop.h"
#include "server/transport/settings.h"
#include "server/transport/tcp_conversation.h"
#include "server/transport/tcp_session.h"
#include "server/transport/worker_state.h"
#include "zones/base/clock.h"
#include "zones/base/file.h"

namespace doors {

/// One worker's sockets of all TCP addresses, and their clients: accepts, admits, evicts, and ends those
/// whose time is over. Sessions are kept and used again, so that after a busy hour accepting allocates
/// nothing. The worker's thread only.
class TcpService {
 public:
  /// `loop`, `state` and `clock` outlive the service. `limits` are this worker's share.
  TcpService(EventLoop& loop, const TcpLimits& limits, WorkerState& state, const Clock& clock);
  TcpService(const TcpService&) = delete;
  TcpService& operator=(const TcpService&) = delete;
  ~TcpService();

  /// Begins to accept. False when the event loop cannot watch the socket.
  bool listen(UniqueFd socket, const Endpoint& endpoint);
  /// Stops listening on that address; its clients stay until they leave.
  void stop_listening(const Endpoint& endpoint);
  /// Takes new limits at once.
  void set_limits(const TcpLimits& limits);
  /// Ends clients whose time is over, and takes up accepting where descriptors had run out. Call it every 50
  /// ms.
  void tick();

  /// For its sessions: the clock and what they share.
  [[nodiscard]] Monotonic now() const noexcept { return clock_.monotonic(); }
  [[nodiscard]] const TcpLimits& limits() const noexcept { return limits_; }
  [[nodiscard]] WorkerState& state() noexcept { return state_; }
  [[nodiscard]] EventLoop& loop() noexcept { return loop_; }
  [[nodiscard]] TcpWorkspace& workspace() noexcept { return workspace_; }
  [[nodiscard]] MutableOctets receive_buffer() noexcept { return receive_buffer_; }
  [[nodiscard]] ClientTable& clients() noexcept { return clients_; }
  /// A session has ended by itself: the peer is done, or asked what cannot be answered.
  void ended(ClientTable::Id id);

 private:
  struct Acceptor final : EventLoop::Watcher {
    Acceptor(TcpService& of, UniqueFd listener, const Endpoint& at)
        : service(of), socket(std::move(listener)), endpoint(at) {}
    void on_ready() override { service.accept_some(*this); }
    TcpService& service;
    UniqueFd socket;
    Endpoint endpoint;
    int at_once = 1;      ///< connections to ask for: as many as there were the last time
    bool paused = false;  ///< no descriptors left: until the next tick
  };

  /// Accepts what is queued, a bounded number, and pauses when there are no descriptors.
  void accept_some(Acceptor& acceptor);
  /// Accepts one. False when no more are to be had now.
  bool accept_one(Acceptor& acceptor);
  void admit(UniqueFd socket, const Endpoint& source);
  void close(ClientTable::Id id, Counter why);
  TcpSession& session(ClientTable::Id id);

  EventLoop& loop_;
  TcpLimits limits_;
  WorkerState& state_;
  const Clock& clock_;
  ClientTable clients_;
  TcpWorkspace workspace_;
  std::vector<std::byte> receive_buffer_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::vector<std::unique_ptr<TcpSession>> sessions_;  // by ClientTable::Id
  std::vector<ClientTable::Expired> expired_;
};

}  // namespace doors
