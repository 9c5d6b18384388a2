#pragma once

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "server/transport/endpoint.h"
#include "server/transport/udp_batch.h"
#include "server/transport/worker_state.h"
#include "zones/base/file.h"

namespace doors {

/// One worker's socket of one UDP address: waits until it is readable, then receives, answers and sends in
/// batches. What is queued makes the batch: nothing is ever waited for to fill one up. The worker's thread
/// only.
class UdpListener {
 public:
  /// `batch` and `state` outlive the listener.
  UdpListener(boost::asio::io_context& io, const Endpoint& endpoint, UdpBatch& batch, WorkerState& state);
  UdpListener(const UdpListener&) = delete;
  UdpListener& operator=(const UdpListener&) = delete;

  /// Takes the socket and begins. False when the event loop cannot watch it.
  bool start(UniqueFd socket);
  /// Closes the socket. The listener must live until the handlers queued by then have run.
  void close() noexcept;
  [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }

 private:
  void wait();
  /// Handles one batch; gives how many datagrams there were, up to UdpBatch::size.
  std::size_t handle_batch() noexcept;

  boost::asio::posix::stream_descriptor socket_;
  Endpoint endpoint_;
  UdpBatch& batch_;
  WorkerState& state_;
  std::size_t full_batches_ = 0;  // in a row
};

}  // namespace doors
