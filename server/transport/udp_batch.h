#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>

#include <netinet/in.h>
#include <sys/socket.h>

#include "server/answer/respond.h"
#include "server/metrics/counters.h"
#include "zones/base/octets.h"

namespace doors {

/// What became of a batch's responses.
struct SendTally {
  std::size_t sent = 0;
  std::size_t octets = 0;
  std::size_t refused = 0;  ///< the kernel would not have them
};

/// Sends all of `messages` through `send` (as sendmmsg: how many went from the front, or -1 and errno).
/// sendmmsg stops at the first message that fails: that one is given up, the rest still go. `wait` is asked
/// when the socket's buffer is full and says whether to try again; at most once a batch.
template <class Send, class Wait>
SendTally send_batch(std::span<mmsghdr> messages, Send&& send, Wait&& wait) noexcept {
  SendTally tally;
  bool waited = false;
  while (!messages.empty()) {
    const int sent = send(messages.data(), static_cast<unsigned>(messages.size()));
    if (sent > 0) {
      const auto count = static_cast<std::size_t>(sent);
      for (const mmsghdr& message : messages.first(count)) tally.octets += message.msg_hdr.msg_iov->iov_len;
      tally.sent += count;
      messages = messages.subspan(count);
      continue;
    }
    const int problem = sent < 0 ? errno : EAGAIN;
    if (problem == EINTR) continue;
    if (problem == EAGAIN || problem == EWOULDBLOCK || problem == ENOBUFS) {
      if (!waited && wait()) {
        waited = true;
        continue;
      }
      tally.refused += messages.size();
      return tally;
    }
    ++tally.refused;
    messages = messages.subspan(1);
  }
  return tally;
}

/// A listener's buffers for one batch of datagrams, allocated once. The steps:
///
///     receive headers -> recvmmsg -> take(): which are queries -> items() to respond_batch() -> put(): send
///     headers
///
/// One thread.
class UdpBatch {
 public:
  static constexpr std::size_t size = 32;
  /// Longer datagrams are no query of anyone's: dropped.
  static constexpr std::size_t query_octets = 4096;
  static constexpr std::size_t response_octets = 4096;

  /// `with_destination` asks for each datagram's destination address (wildcard sockets).
  explicit UdpBatch(bool with_destination);

  /// Headers for recvmmsg.
  [[nodiscard]] std::span<mmsghdr> receive_headers() noexcept;
  /// Sorts the `received` first datagrams into queries, which become items(), and what is dropped.
  void take(std::size_t received, Counters& counters) noexcept;
  [[nodiscard]] std::span<BatchItem> items() noexcept { return {items_.data(), queries_}; }
  /// Headers for sendmmsg, one per item that has a response, from the address that was asked; counts rcodes
  /// and TC.
  [[nodiscard]] std::span<mmsghdr> put(Counters& counters) noexcept;

 private:
  static constexpr std::size_t control_octets = CMSG_SPACE(sizeof(in6_pktinfo));
  struct Slot {
    sockaddr_in6 source;  // large enough for IPv4's
    alignas(cmsghdr) std::array<std::byte, control_octets> control;
    iovec query;
    iovec response;
    std::array<std::byte, query_octets> query_buffer;
    std::array<std::byte, response_octets> response_buffer;
  };

  std::unique_ptr<std::array<Slot, size>> slots_;
  std::array<mmsghdr, size> receive_{};
  std::array<mmsghdr, size> send_{};
  std::array<BatchItem, size> items_{};
  std::array<std::uint8_t, size> slot_of_item_{};
  std::size_t queries_ = 0;
  std::size_t received_ = size;  // datagrams of the last batch, whose headers the kernel has changed
  const bool with_destination_;
};

}  // namespace doors
