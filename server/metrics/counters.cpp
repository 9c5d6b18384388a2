#include "server/metrics/counters.h"

namespace doors {

namespace {

constexpr std::array<std::string_view, counter_count> counter_names{
    "udp4_queries",      "udp6_queries",  "tcp4_queries",      "tcp6_queries",        "udp_responses",
    "tcp_responses",     "truncated",     "dropped.silent",    "dropped.port_zero",   "dropped.oversize",
    "dropped.send",      "dropped.frame", "udp_octets_in",     "udp_octets_out",      "tcp_octets_in",
    "tcp_octets_out",    "udp_batches",   "xdp_queries",       "xdp_fallbacks",       "tcp_accepted",
    "tcp_closed",        "tcp_evicted",   "tcp_evicted_share", "tcp_timeout_message", "tcp_timeout_idle",
    "tcp_timeout_write", "tsig_verified", "tsig_refused",      "transfers",           "transfers_incremental",
    "transfers_refused", "notifies",      "notifies_refused",
};
static_assert(!counter_names.back().empty());

constexpr std::array<std::string_view, rcode_count> rcode_names{
    "noerror", "formerr", "servfail", "nxdomain", "notimp",   "refused",   "yxdomain", "yxrrset", "nxrrset",
    "notauth", "notzone", "rcode11",  "rcode12",  "rcode13",  "rcode14",   "rcode15",  "badvers", "badkey",
    "badtime", "badmode", "badname",  "badalg",   "badtrunc", "badcookie", "other",
};
static_assert(!rcode_names.back().empty());

}  // namespace

std::string_view counter_name(Counter counter) noexcept {
  return counter_names[static_cast<std::size_t>(counter)];
}

std::string_view rcode_name(std::size_t slot) noexcept { return rcode_names[slot]; }

CounterValues& CounterValues::operator+=(const CounterValues& other) noexcept {
  for (std::size_t i = 0; i < counter_count; ++i) counters[i] += other.counters[i];
  for (std::size_t i = 0; i < rcode_count; ++i) rcodes[i] += other.rcodes[i];
  tcp_clients += other.tcp_clients;
  return *this;
}

CounterValues Counters::read() const noexcept {
  CounterValues values;
  for (std::size_t i = 0; i < counter_count; ++i)
    values.counters[i] = counters_[i].load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < rcode_count; ++i) values.rcodes[i] = rcodes_[i].load(std::memory_order_relaxed);
  values.tcp_clients = tcp_clients_.load(std::memory_order_relaxed);
  return values;
}

}  // namespace doors
