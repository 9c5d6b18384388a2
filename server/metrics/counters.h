#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "zones/dns/types.h"

namespace doors {

/// What a worker counts. The order is that of `counter_name`.
enum class Counter : std::uint8_t {
  udp4_queries,  ///< datagrams received over IPv4 that went to respond()
  udp6_queries,
  tcp4_queries,  ///< whole messages received over IPv4 that went to respond()
  tcp6_queries,
  udp_responses,      ///< datagrams the kernel took
  tcp_responses,      ///< responses written or queued for writing
  truncated,          ///< responses with TC set
  dropped_silent,     ///< no response is the right one: short, or itself a response
  dropped_port_zero,  ///< came from port 0, where nothing can be sent
  dropped_oversize,   ///< a datagram longer than any query we take
  dropped_send,       ///< the kernel refused the response
  dropped_frame,      ///< AF_XDP: lengths, checksums or a source that the kernel would not have let through
  udp_octets_in,
  udp_octets_out,
  tcp_octets_in,
  tcp_octets_out,
  udp_batches,    ///< recvmmsg calls that gave something: udp queries / batches is the mean batch
  xdp_queries,    ///< of the UDP queries, those that came by AF_XDP
  xdp_fallbacks,  ///< times an interface went from AF_XDP back to the kernel's path
  tcp_accepted,
  tcp_closed,           ///< by the peer, or after a message that cannot be answered
  tcp_evicted,          ///< the longest without progress made room for a newcomer
  tcp_evicted_share,    ///< the same, because its source had its share
  tcp_timeout_message,  ///< a message did not come whole in time
  tcp_timeout_idle,
  tcp_timeout_write,      ///< the peer did not read
  tsig_verified,          ///< requests with a right signature
  tsig_refused,           ///< with a wrong one, or by a key nobody knows here
  transfers,              ///< zones begun to be sent whole
  transfers_incremental,  ///< differences sent, or begun to be
  transfers_refused,
  notifies,
  notifies_refused,
  count
};

inline constexpr std::size_t counter_count = static_cast<std::size_t>(Counter::count);
/// Rcodes 0..23 each, the rest together in the last.
inline constexpr std::size_t rcode_count = 25;

/// "udp4_queries", …: the name in `status` and in metrics.
[[nodiscard]] std::string_view counter_name(Counter counter) noexcept;
/// "noerror", …, "other".
[[nodiscard]] std::string_view rcode_name(std::size_t slot) noexcept;

/// A reading: plain numbers, added up over workers.
struct CounterValues {
  std::array<std::uint64_t, counter_count> counters{};
  std::array<std::uint64_t, rcode_count> rcodes{};
  std::uint64_t tcp_clients = 0;  ///< open now

  [[nodiscard]] std::uint64_t operator[](Counter counter) const noexcept {
    return counters[static_cast<std::size_t>(counter)];
  }
  CounterValues& operator+=(const CounterValues& other) noexcept;
};

/// The counters of one worker. One thread writes, any thread reads: so an increment is a relaxed load and
/// store and needs no locked instruction. On lines of its own, that no other worker writes.
class alignas(64) Counters {
 public:
  /// The worker's thread only.
  void add(Counter counter, std::uint64_t by = 1) noexcept {
    bump(counters_[static_cast<std::size_t>(counter)], by);
  }
  void add(Rcode rcode, std::uint64_t by = 1) noexcept {
    const std::size_t slot = raw(rcode);
    bump(rcodes_[slot < rcode_count - 1 ? slot : rcode_count - 1], by);
  }
  void set_tcp_clients(std::size_t clients) noexcept {
    tcp_clients_.store(clients, std::memory_order_relaxed);
  }

  /// Any thread; each number is exact, but they need not be of the same instant.
  [[nodiscard]] CounterValues read() const noexcept;

 private:
  using Cell = std::atomic<std::uint64_t>;
  static void bump(Cell& cell, std::uint64_t by) noexcept {
    cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  std::array<Cell, counter_count> counters_{};
  std::array<Cell, rcode_count> rcodes_{};
  Cell tcp_clients_{0};
};

}  // namespace doors
