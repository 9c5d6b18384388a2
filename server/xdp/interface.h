#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/answer/snapshot.h"
#include "server/metrics/counters.h"
#include "server/transport/endpoint.h"
#include "server/xdp/kernel_program.h"
#include "server/xdp/link.h"
#include "server/xdp/queue.h"
#include "server/xdp/settings.h"

namespace doors {

/// One interface of [xdp], which comes and goes:
///
///     off ── there, with a carrier: sockets, threads, program ──► on
///      ▲                                                           │
///      └── gone, no carrier, changed, a socket fails, a thread ────┘
///          hangs: program off first, so the kernel has the queries
///
/// Each change is a log line, and each way back to the kernel is counted. The control thread only.
class XdpInterface {
 public:
  XdpInterface(std::string name, const XdpSettings& settings, Post to_control, const Clock& clock);
  XdpInterface(const XdpInterface&) = delete;
  XdpInterface& operator=(const XdpInterface&) = delete;
  ~XdpInterface();

  /// Looks how things are and acts on it; to be called every tick_interval.
  void tick();
  static constexpr std::chrono::milliseconds tick_interval{200};

  void set_addresses(const std::vector<Endpoint>& addresses);
  /// As XdpQueue::publish(), for all of them; `done` is called once for each, or destroyed.
  void publish(const std::shared_ptr<const Snapshot>& snapshot,
               const std::function<void(std::shared_ptr<const Snapshot> old)>& done);
  /// Leaves the queries to the kernel.
  void close(const std::string& reason);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// What was counted since it was made.
  [[nodiscard]] CounterValues counters() const;
  /// Fields for `status`.
  void describe(std::vector<std::pair<std::string, std::string>>& fields) const;

 private:
  struct Place {  ///< of one queue
    std::unique_ptr<XdpQueue> queue;
    std::uint64_t turns = 0;  ///< when last looked at
    unsigned same = 0;        ///< looks since it turned
  };
  Result<void> open(const LinkState& link);
  void take_up(const LinkState& link);
  /// Why it cannot stay on.
  std::optional<std::string> fault(const std::optional<LinkState>& link);
  void collect_hung();
  void retire(Place place);

  const std::string name_;
  const XdpSettings settings_;
  const Post to_control_;
  const Clock& clock_;
  std::vector<Endpoint> addresses_;
  std::shared_ptr<const Snapshot> snapshot_;
  LinkState link_;  // that it was opened with
  std::unique_ptr<XdpProgram> program_;
  std::vector<Place> places_;  // by queue; none while off
  std::vector<Place> hung_;    // their threads have to come to themselves before they can be joined
  Counters own_;
  CounterValues retired_;
  std::string why_off_{"not tried yet"};
  unsigned ticks_to_wait_ = 0;  // before the next try
};

}  // namespace doors
