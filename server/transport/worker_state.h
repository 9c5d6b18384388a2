#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "server/answer/respond.h"
#include "server/metrics/counters.h"
#include "server/transfer/exchange.h"
#include "zones/base/clock.h"

namespace doors {

/// What others may read of a thread that answers; written by that thread alone. Any thread.
struct Readings {
  Counters counters;
  /// When the thread last turned; the end of time once it is to be missed no more.
  std::atomic<Monotonic::rep> last_beat{0};

  void beat(Monotonic now) noexcept {
    last_beat.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }
  [[nodiscard]] Monotonic beaten() const noexcept {
    return Monotonic(Monotonic::duration(last_beat.load(std::memory_order_relaxed)));
  }
};

/// What a thread that answers works with; only that thread touches it.
struct WorkerState {
  /// `readings` and `time` outlive it; `later` as Exchange takes it.
  WorkerState(Readings& readings, std::shared_ptr<const Snapshot> first, const Clock& time,
              Exchange::Later later)
      : counters(readings.counters),
        clock(time),
        snapshot(std::move(first)),
        exchange(time, counters, std::move(later)) {}
  /// What an answer made now is told of the time.
  [[nodiscard]] Now now() const noexcept { return Now::of(clock.wall()); }

  Counters& counters;
  const Clock& clock;
  /// What is answered from; never null while the thread runs. A plain pointer: it is exchanged by the thread
  /// itself, between batches and never during one.
  std::shared_ptr<const Snapshot> snapshot;
  /// Answers who has to show who he is.
  Exchange exchange;
};

}  // namespace doors
